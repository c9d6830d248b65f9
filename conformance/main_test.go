package conformance

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when something of a driver, a client or a process is left once everything has been closed.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
