package tap

import (
	"strings"
	"testing"
)

func TestMonitored(t *testing.T) {
	for line, want := range map[string]string{
		`+1700000000.000001 [0 127.0.0.1:1] "get" "socket.io-request#/#"`:                                "",
		`+1700000000.000001 [0 127.0.0.1:1] "publish" "other" "x"`:                                       "",
		`+1700000000.000001 [0 127.0.0.1:1] "SPUBLISH" "socket.io-request#/#" "x"`:                       "malformed",
		`+1700000000.000001 [0 lua] "publish" "socket.io-request#/a#AAAAAAAAAAAAAAAA#" "\x00\n\"\\"`:     "malformed",
		`+1700000000.000001 [0 unix:/a b] "publish" "socket.io-request#/#" "x`:                           "cut off",
		`+1700000000.000001 [0 127.0.0.1:1] "publish" "socket.io-request#/#" "\x0`:                       "cut off",
		`+1700000000.000001 [0 127.0.0.1:1] "publish" "socket.io-request#/#" "x" "y"`:                    "cut off",
		`+1700000000.000001 [0 127.0.0.1:1] "publish" "socket.io-response#/#AAAAAAAAAAAAAAAA#" "answer"`: "",
		`+OK`: "",
		``:    "",
	} {
		m := monitored(line, "socket.io")
		switch {
		case want == "" && m != nil:
			t.Errorf("%s gives %+v", line, m)
		case want != "" && (m == nil || m.Err == nil || !strings.Contains(m.Err.Error(), want) || m.At.Unix() != 1700000000):
			t.Errorf("%s gives %+v, want %s", line, m, want)
		}
	}
}

func TestPatterns(t *testing.T) {
	got := patterns(`p*[x]?\^`, []string{"/a*"})
	if want := `p\*\[x\]\?\\\^-request#/a\*#*`; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := patterns("p", nil); got[0] != "p-request#*" {
		t.Errorf("got %q", got)
	}
}

func FuzzMonitored(f *testing.F) {
	f.Add(`+1700000000.000001 [0 127.0.0.1:1] "spublish" "socket.io-request#/#" "\x96\x00\n\"\\"`)
	f.Add(`+1 [] "publish" "socket.io-request##" ""`)
	f.Fuzz(func(t *testing.T, line string) {
		if m := monitored(line, "socket.io"); m != nil && m.Err == nil && m.Request == nil {
			t.Errorf("%q gives neither a request nor an error", line)
		}
	})
}
