package kafkadriver

import (
	"errors"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
)

func TestTopic(t *testing.T) {
	for prefix, want := range map[string]string{
		"socket.io": "socket.io",
		"a-Z.9":     "a-Z.9",
		"a_b":       "a_5Fb",
		"a b/ü":     "a_20b_2F_C3_BC",
		".":         "_2E",
		"..":        "_2E_2E",
		"...":       "...",
	} {
		if got := Topic(prefix); got != want {
			t.Errorf("topic of %q is %q, want %q", prefix, got, want)
		}
	}
	for _, prefix := range []string{"", strings.Repeat("a", 250), strings.Repeat("_", 84)} {
		if _, err := topicOf(prefix); !errors.Is(err, emitter.ErrPrefix) {
			t.Errorf("prefix %q: %v, want ErrPrefix", prefix, err)
		}
	}
	for _, prefix := range []string{"socket.io", "a-response", "-request", "ü"} {
		if got := prefixOf(emitter.ResponseChannel(prefix, "/admin", "AAAAAAAAAAAAAAAA")); got != prefix {
			t.Errorf("prefix of a channel of %q is %q", prefix, got)
		}
	}
}
