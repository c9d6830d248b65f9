package conformance

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when something of a driver, a client or a process is left once everything has been closed.
//
// A cluster client of rueidis that is closed closes connections to nodes that moved up to 5 s later, and looks at the
// slots again up to a second later.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"))
}
