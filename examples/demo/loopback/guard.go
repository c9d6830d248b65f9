// Package loopback keeps the demo to the person at this machine. A server on
// 127.0.0.1 can be reached by every page that a browser there has open: by a
// request across origins, or under a name that is made to mean 127.0.0.1 (DNS
// rebinding). Both betray themselves by the Origin and the Host that the browser
// sends.
package loopback

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
)

// Listen takes a port of 127.0.0.1, a free one if port is 0.
func Listen(ctx context.Context, port int) (net.Listener, error) {
	var cfg net.ListenConfig
	l, err := cfg.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen on port %d of 127.0.0.1: %w", port, err)
	}
	return l, nil
}

// Origins returns the origins under which a browser shows a page of l: by the
// address and by the name localhost.
func Origins(l net.Listener) []string {
	var out []string
	for _, host := range hosts(l) {
		out = append(out, "http://"+host)
	}
	return out
}

func hosts(l net.Listener) []string {
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil
	}
	out := []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("localhost", port)}
	if port == "80" { // browsers leave it out
		out = append(out, "127.0.0.1", "localhost")
	}
	return out
}

// Guard tells who may talk to a server.
type Guard struct {
	hosts   []string
	origins []string
}

// NewGuard is for the server behind l, for pages of the given origins.
func NewGuard(l net.Listener, origins []string) *Guard {
	return &Guard{hosts: hosts(l), origins: origins}
}

// Check returns an error that says what is wrong with r. A request without an
// Origin comes from no page, unless it only reads.
func (g *Guard) Check(r *http.Request) error {
	if !slices.Contains(g.hosts, r.Host) {
		return fmt.Errorf("this server is %s, not %.100q", g.hosts[0], r.Host)
	}
	for _, origin := range r.Header.Values("Origin") {
		if !slices.Contains(g.origins, origin) {
			return fmt.Errorf("pages of %.100q are strangers here", origin)
		}
	}
	return nil
}

// CheckPage is Check for what only a page of these origins may do, not even a
// program without one.
func (g *Guard) CheckPage(r *http.Request) error {
	if err := g.Check(r); err != nil {
		return err
	}
	if r.Header.Get("Origin") == "" {
		return fmt.Errorf("only the page at %s may do this: the request has no Origin", g.origins[0])
	}
	return nil
}

// Wrap answers 403 to whom Check refuses, and hands everybody else on.
func (g *Guard) Wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.Check(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}
