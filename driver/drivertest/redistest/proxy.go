package redistest

import (
	"bytes"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
)

// NewProxy starts a proxy to the Redis server at target; it ends with the test. What
// its CutNext waits for is a publish.
func NewProxy(t testing.TB, target string) *netproxy.Proxy {
	t.Helper()
	return netproxy.New(t, target, func(sent []byte) bool {
		return bytes.Contains(bytes.ToUpper(sent), []byte("PUBLISH\r\n"))
	})
}
