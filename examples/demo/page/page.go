package page

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/examples/demo/loopback"
)

//go:embed assets
var assets embed.FS

// Page is a page that is being served until Close.
type Page struct {
	URL string // by the address

	cfg    Config
	guard  *loopback.Guard
	io     map[string]emitter.Emitter // by parser
	bus    *bus
	own    *recent // requests that the page makes for itself
	http   *http.Server
	served chan error
}

// Start serves the page on l, which is the page's from now on, and returns once no
// message can be missed any more. ctx is for starting only.
func Start(ctx context.Context, l net.Listener, cfg Config) (*Page, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Page{
		URL: loopback.Origins(l)[0], cfg: cfg, own: newRecent(), io: emitters(cfg),
		guard: loopback.NewGuard(l, loopback.Origins(l)), served: make(chan error, 1),
	}
	var err error
	if p.bus, err = watch(ctx, cfg, p.own); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	handler, err := p.handler()
	if err != nil {
		return nil, errors.Join(err, p.bus.close(), l.Close())
	}
	// The page's requests end with it: a stream of messages by itself never would.
	life, end := context.WithCancel(context.Background())
	p.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return life },
	}
	p.http.RegisterOnShutdown(end)
	go func() { p.served <- p.http.Serve(l) }()
	return p, nil
}

// Close ends the page's requests and waits for them.
func (p *Page) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := errors.Join(p.http.Shutdown(ctx), p.bus.close())
	if served := <-p.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("close the page: %w", err)
	}
	return nil
}

func (p *Page) handler() (http.Handler, error) {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/scene", p.scene)
	mux.HandleFunc("GET /api/bus", p.messages)
	mux.HandleFunc("POST /api/run", p.run)
	return p.guard.Wrap(p.secure(mux)), nil
}

// secure allows the page its own files, itself and its clients' servers, and nobody
// to put it into a frame or to use its answers.
func (p *Page) secure(h http.Handler) http.Handler {
	policy := []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
		"connect-src 'self'" + p.sockets(),
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", strings.Join(policy, "; "))
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		h.ServeHTTP(w, r)
	})
}

// sockets lists the servers' WebSockets for the policy.
func (p *Page) sockets() string {
	var out strings.Builder
	for _, c := range p.cfg.Scene.Clusters {
		for _, s := range c.Servers {
			out.WriteString(" " + strings.Replace(s.URL, "http://", "ws://", 1))
		}
	}
	return out.String()
}

func (p *Page) scene(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(p.cfg.Scene); err != nil {
		p.cfg.Log.Info("scene not sent", "err", err)
	}
}
