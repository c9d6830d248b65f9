package node

import (
	"net/http"
	"testing"

	"github.com/coder/websocket"

	"github.com/sioxide/emitter/examples/demo/socketio"
)

// A node lets programs in and the pages that it was told of, under its own name only.
func TestStrangersAreRefused(t *testing.T) {
	const page, stranger = "http://127.0.0.1:3000", "https://example.com"
	w := newWorld(t, Config{Origins: []string{page}})
	for name, tc := range map[string]struct {
		host, origin string
		in           bool
	}{
		"program":      {"", "", true},
		"page":         {"", page, true},
		"stranger":     {"", stranger, false},
		"local page":   {"", "http://127.0.0.1:3001", false},
		"own name":     {"", w.nodes[0].URL(), false},
		"sandbox":      {"", "null", false},
		"rebound":      {"example.com", "", false},
		"rebound page": {"example.com", page, false},
	} {
		opts := &websocket.DialOptions{Host: tc.host, HTTPHeader: http.Header{}}
		if tc.origin != "" {
			opts.HTTPHeader.Set("Origin", tc.origin)
		}
		url := w.nodes[0].URL() + socketio.Path + "?EIO=4&transport=websocket"
		ws, resp, err := websocket.Dial(w.ctx, url, opts) //nolint:bodyclose // the package says that it never needs to be closed
		if err == nil {
			_ = ws.CloseNow()
		}
		if (err == nil) != tc.in || !tc.in && resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}
