//go:build unix

package bursts

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock is the one that all programs of a machine share and nobody sets: node's process.hrtime reads it too.
func clock() (time.Duration, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return time.Duration(t.Nano()), err
}
