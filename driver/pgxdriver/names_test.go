package pgxdriver_test

import (
	"testing"

	"github.com/sioxide/emitter/driver/pgxdriver"
)

// What real servers listen on.
func TestNamesOfChannels(t *testing.T) {
	const uid = "AAAAAAAAAAAAAAAA"
	for _, c := range []struct{ got, want string }{
		{pgxdriver.Channel("socket.io", "/", ""), "ch_62d14011a1561c5a"},
		{pgxdriver.Channel("socket.io", "/admin", ""), "ch_7d72b1987ef636e7"},
		{pgxdriver.Channel("p305", "/", ""), "ch_d329426d9fe2a0"},
		{pgxdriver.Channel("socket.io", "/", uid), "ch_36bc790480c6c8ec"},
		{pgxdriver.ResponseChannel("socket.io", "/", uid), "ch_39d19e30f912fc86"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}
