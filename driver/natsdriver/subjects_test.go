package natsdriver_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/driver/presence"
)

// TestSubjects: the table of docs/protocol.md, and what else names may contain.
func TestSubjects(t *testing.T) {
	const id = "AAAAAAAAAAAAAA-_"
	for _, c := range []struct{ prefix, channel, want string }{
		{"socket.io", emitter.RequestChannel("socket.io", "/", ""), "socket=2Eio.request.=2F"},
		{"socket.io", emitter.RequestChannel("socket.io", "/admin", id), "socket=2Eio.request.=2Fadmin." + id},
		{"socket.io", emitter.ResponseChannel("socket.io", "/", id), "socket=2Eio.response.=2F." + id},
		{"socket.io", presence.Channel("socket.io"), "socket=2Eio.presence"},
		{"a b", emitter.RequestChannel("a b", "/a.b.*.>", ""), "a=20b.request.=2Fa=2Eb=2E=2A=2E=3E"},
		{"$SYS", emitter.RequestChannel("$SYS", "/=2F", ""), "=24SYS.request.=2F=3D2F"},
		{"é", emitter.RequestChannel("é", "/\r\n\x00", ""), "=C3=A9.request.=2F=0D=0A=00"},
	} {
		if got, err := natsdriver.Subject(c.prefix, c.channel); got != c.want || err != nil {
			t.Errorf("%q of %q: %q, %v, want %q", c.channel, c.prefix, got, err, c.want)
		}
	}
	for _, c := range []struct {
		prefix, channel string
		want            error
	}{
		{"", "-request#/#", emitter.ErrPrefix},
		{"a", "b-request#/#", emitter.ErrPrefix},
		{"a", emitter.RequestChannel("a", "", ""), emitter.ErrNamespace},
		{"a", emitter.RequestChannel("a", "/"+strings.Repeat("x", 3500), ""), emitter.ErrNamespace},
	} {
		if got, err := natsdriver.Subject(c.prefix, c.channel); got != "" || !errors.Is(err, c.want) {
			t.Errorf("%q of %q: %q, %v, want %v", shorten(c.channel), c.prefix, got, err, c.want)
		}
	}
}

func shorten(s string) string { return s[:min(len(s), 40)] }

// FuzzSubject: what a subject stands for can be read from it, and NATS takes it.
func FuzzSubject(f *testing.F) {
	for _, s := range []string{"socket.io", "a=2Fb", "*", ">", " ", "\xff", "."} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, prefix, namespace string) {
		channel := emitter.RequestChannel(prefix, namespace, "")
		subject, err := natsdriver.Subject(prefix, channel)
		if err != nil {
			return
		}
		tokens := strings.Split(subject, ".")
		parts := make([]string, len(tokens))
		for i, token := range tokens {
			parts[i] = decodeToken(t, token)
		}
		if got := parts[0] + "-" + strings.Join(parts[1:], "#") + "#"; got != channel && got+"#" != channel {
			t.Errorf("%q stands for %q, not %q", subject, got, channel)
		}
		for _, c := range []byte(subject) {
			if c <= ' ' || c > '~' || strings.IndexByte("*>#/$", c) >= 0 {
				t.Errorf("%q contains %q", subject, c)
			}
		}
	})
}

func decodeToken(t *testing.T, token string) string {
	head, rest, found := strings.Cut(token, "=")
	if head+rest == "" {
		t.Error("an empty token")
	}
	for found {
		b, err := hex.DecodeString(rest[:2])
		if err != nil {
			t.Fatal(err)
		}
		head += string(b)
		var more string
		more, rest, found = strings.Cut(rest[2:], "=")
		head += more
	}
	return head
}
