package redistest

import (
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
)

// Harness returns the harness of a Redis driver: newDriver makes one on a client
// of its own for the server at addr, which is behind a proxy.
func Harness(t testing.TB, sharded bool, newDriver func(t testing.TB, addr string) emitter.Driver) drivertest.Harness {
	t.Helper()
	server := Start(t)
	proxy := NewProxy(t, server.Addr)
	return drivertest.Harness{
		New: func(t testing.TB) emitter.Driver { return newDriver(t, proxy.Addr) },
		Watch: func(t testing.TB, prefix, namespace, id string) <-chan []byte {
			return Watch(t, server.Addr, emitter.RequestChannel(prefix, namespace, id), sharded)
		},
		Stall: server.Stall,
		Cut:   func(testing.TB) { proxy.CutNext() },
		Answer: func(t testing.TB, prefix, namespace, node string, data []byte) {
			Answer(t, server.Addr, emitter.ResponseChannel(prefix, namespace, node), sharded, data)
		},
		Drop: func(testing.TB) { proxy.CloseAll() },
	}
}
