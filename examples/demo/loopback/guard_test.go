package loopback

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	l, err := Listen(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	own := l.Addr().String()
	port := own[strings.LastIndexByte(own, ':'):]
	g := NewGuard(l, append(Origins(l), "http://localhost:5173"))
	for name, tc := range map[string]struct {
		host    string
		origins []string
		reads   bool // may read
		acts    bool // may do what the page does
	}{
		"page":               {own, []string{"http://" + own}, true, true},
		"page of localhost":  {"localhost" + port, []string{"http://localhost" + port}, true, true},
		"page allowed":       {own, []string{"http://localhost:5173"}, true, true},
		"program":            {own, nil, true, false},
		"foreign page":       {own, []string{"https://example.com"}, false, false},
		"same port":          {own, []string{"http://example.com" + port}, false, false},
		"sandboxed page":     {own, []string{"null"}, false, false},
		"other local server": {own, []string{"http://127.0.0.1:1"}, false, false},
		"https of our name":  {own, []string{"https://" + own}, false, false},
		"two origins":        {own, []string{"http://" + own, "https://example.com"}, false, false},
		"rebound name":       {"example.com" + port, []string{"http://example.com" + port}, false, false},
		"rebound, no origin": {"example.com" + port, nil, false, false},
		"rebound subdomain":  {"127.0.0.1.example.com" + port, nil, false, false},
		"another port":       {"127.0.0.1:1", nil, false, false},
		"no host":            {"", nil, false, false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Host = tc.host
		for _, o := range tc.origins {
			r.Header.Add("Origin", o)
		}
		if err := g.Check(r); (err == nil) != tc.reads {
			t.Errorf("%s: Check: %v", name, err)
		}
		if err := g.CheckPage(r); (err == nil) != tc.acts {
			t.Errorf("%s: CheckPage: %v", name, err)
		}
		w := httptest.NewRecorder()
		g.Wrap(http.NotFoundHandler()).ServeHTTP(w, r)
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusForbidden}[tc.reads]; w.Code != want {
			t.Errorf("%s: status %d, want %d", name, w.Code, want)
		}
	}
}

func TestListen(t *testing.T) {
	l, err := Listen(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !strings.HasPrefix(l.Addr().String(), "127.0.0.1:") {
		t.Errorf("listens on %s", l.Addr())
	}
}
