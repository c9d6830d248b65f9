//go:build !unix

package bursts

import (
	"errors"
	"time"
)

func clock() (time.Duration, error) { return 0, errors.ErrUnsupported }
