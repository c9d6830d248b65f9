package redistest

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between a client and a server and can lose an answer.
type Proxy struct {
	Addr string

	target string
	cut    atomic.Bool
	cuts   atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	wg    sync.WaitGroup
}

// NewProxy starts a proxy to target; it ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: l.Addr().String(), target: target, conns: make(map[net.Conn]struct{})}
	p.wg.Go(func() { p.accept(l) })
	t.Cleanup(func() {
		_ = l.Close()
		p.CloseAll()
		p.wg.Wait()
	})
	return p
}

// CutNext arms the proxy: the connection on which the next publish goes is closed
// once the server has answered it, and the answer is lost. It happens once.
func (p *Proxy) CutNext() { p.cut.Store(true) }

// Cuts returns how many connections were cut.
func (p *Proxy) Cuts() int { return int(p.cuts.Load()) }

// CloseAll closes all connections.
func (p *Proxy) CloseAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *Proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.track(client, server)
		var published atomic.Bool // on this connection, since the proxy was armed
		p.wg.Go(func() { p.toServer(client, server, &published) })
		p.wg.Go(func() { p.toClient(client, server, &published) })
	}
}

func (p *Proxy) track(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
}

// end closes both sides of a connection.
func (p *Proxy) end(client, server net.Conn) {
	_ = client.Close()
	_ = server.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, client)
	delete(p.conns, server)
}

func (p *Proxy) toServer(client, server net.Conn, published *atomic.Bool) {
	defer p.end(client, server)
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if p.cut.Load() && bytes.Contains(bytes.ToUpper(buf[:n]), []byte("PUBLISH\r\n")) && p.cut.CompareAndSwap(true, false) {
			published.Store(true)
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) toClient(client, server net.Conn, published *atomic.Bool) {
	defer p.end(client, server)
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if published.Load() {
			p.cuts.Add(1)
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
