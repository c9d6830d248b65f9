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

// The names are those of docs/protocol.md.
func TestNames(t *testing.T) {
	for prefix, want := range map[string]string{
		"socket.io": "socket.io", "my app_2": "my_20app_5F2", ".": "_2E", "..": "_2E_2E", "é": "_C3_A9",
	} {
		if got := KafkaTopic(prefix); got != want {
			t.Errorf("the topic of %q is %s, want %s", prefix, got, want)
		}
	}
	for _, one := range []struct{ prefix, namespace, server, want string }{
		{"socket.io", "/", "", "socket=2Eio.request.=2F"},
		{"socket.io", "/admin", "SERVER", "socket=2Eio.request.=2Fadmin.SERVER"},
		{"a*", "/é >", "", "a=2A.request.=2F=C3=A9=20=3E"},
	} {
		if got := NatsSubject(one.prefix, one.namespace, one.server); got != one.want {
			t.Errorf("the subject of %+v is %s", one, got)
		}
	}
}
