// Package netproxy stands between a client and a server of a test: it can lose an
// answer, stand still, and close every connection.
package netproxy

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy passes on what it gets.
type Proxy struct {
	Addr string

	target    string
	isRequest func([]byte) bool
	cut       atomic.Bool
	cuts      atomic.Int64

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	paused chan struct{} // closed while the proxy does not stand still
	wg     sync.WaitGroup
}

// New starts a proxy to target; it ends with the test. isRequest tells CutNext whether
// what a client sent is the request to wait for.
func New(t testing.TB, target string, isRequest func(sent []byte) bool) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: l.Addr().String(), target: target, isRequest: isRequest, conns: make(map[net.Conn]struct{}), paused: make(chan struct{})}
	close(p.paused)
	p.wg.Go(func() { p.accept(l) })
	t.Cleanup(func() {
		_ = l.Close()
		p.CloseAll()
		p.wg.Wait()
	})
	return p
}

// CutNext arms the proxy: the connection on which the next request goes is closed
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

// Stall passes nothing on, with all connections left open, until resume is called or
// the test ends.
func (p *Proxy) Stall(t testing.TB) (resume func()) {
	t.Helper()
	paused := make(chan struct{})
	p.mu.Lock()
	p.paused = paused
	p.mu.Unlock()
	resume = sync.OnceFunc(func() { close(paused) })
	t.Cleanup(resume)
	return resume
}

// await returns when the proxy does not stand still.
func (p *Proxy) await() {
	p.mu.Lock()
	paused := p.paused
	p.mu.Unlock()
	<-paused
}

func (p *Proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		p.await()
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.track(client, server)
		var requested atomic.Bool // on this connection, since the proxy was armed
		p.wg.Go(func() { p.toServer(client, server, &requested) })
		p.wg.Go(func() { p.toClient(client, server, &requested) })
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

func (p *Proxy) toServer(client, server net.Conn, requested *atomic.Bool) {
	defer p.end(client, server)
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		p.await()
		if p.cut.Load() && p.isRequest(buf[:n]) && p.cut.CompareAndSwap(true, false) {
			requested.Store(true)
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) toClient(client, server net.Conn, requested *atomic.Bool) {
	defer p.end(client, server)
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		p.await()
		if requested.Load() {
			p.cuts.Add(1)
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
