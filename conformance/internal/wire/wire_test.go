package wire

import "testing"

// The names are those of protocol.md, as real servers listen to them.
func TestPostgresChannels(t *testing.T) {
	for _, one := range []struct{ prefix, namespace, server, want string }{
		{"socket.io", "/", "", "ch_62d14011a1561c5a"},
		{"socket.io", "/admin", "", "ch_7d72b1987ef636e7"},
		{"p305", "/", "", "ch_d329426d9fe2a0"},
		{"socket.io", "/", "AAAAAAAAAAAAAAAA", "ch_36bc790480c6c8ec"},
	} {
		if got := PostgresChannel(one.prefix, one.namespace, one.server); got != one.want {
			t.Errorf("channel of %+v is %s", one, got)
		}
	}
}
