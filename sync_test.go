//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// probed notes the channels that are asked.
type probed struct {
	*emittertest.Cluster
	mu   sync.Mutex
	asks []string
	fail error
}

func (p *probed) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if req.Type == protocol.AllRooms {
		p.mu.Lock()
		p.asks = append(p.asks, req.Namespace+req.Server)
		p.mu.Unlock()
		if p.fail != nil {
			return -1, p.fail
		}
	}
	return p.Cluster.Send(ctx, req)
}

func (p *probed) sync(t *testing.T, io emitter.Emitter, want ...string) {
	t.Helper()
	p.asks = nil
	if err := io.Sync(t.Context()); !errors.Is(err, p.fail) {
		t.Errorf("%v, want %v", err, p.fail)
	}
	slices.Sort(p.asks)
	slices.Sort(want)
	if !slices.Equal(p.asks, want) {
		t.Errorf("Sync asked %q, want %q", p.asks, want)
	}
}

func TestSyncAsksTheChannelsThatWereUsed(t *testing.T) {
	p := &probed{Cluster: emittertest.NewCluster(3)}
	p.Connect(0, "/admin")
	io := emitter.New(p)
	a, b := p.Servers()[0], p.Servers()[1]
	send := func(io emitter.Emitter) {
		t.Helper()
		if err := io.Emit(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	p.sync(t, io, "/")
	send(io.ToServer(a))
	send(io)
	send(io.Of("admin").ToServer(b))
	p.sync(t, io, "/", "/"+a)
	p.sync(t, io, "/") // what was asked before is not asked again
	p.sync(t, io.Of("admin"), "/admin", "/admin"+b)

	send(io.ToServer(a))
	send(io.ToServer(b))
	p.sync(t, io.ToServer(b), "/"+b)
	p.fail = emitter.NotSent(errors.New("down"))
	p.sync(t, io, "/", "/"+a)
	p.fail = nil
	p.sync(t, io, "/", "/"+a) // what failed is asked again

	batch := emitter.NewBatch(p)
	send(io.Via(batch).ToServer(a))
	if err := batch.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.sync(t, io, "/", "/"+a)

	send(io.Via(batch).ToServer(b))
	p.sync(t, io, "/", "/"+b) // it is only kept yet
	if err := batch.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.sync(t, io, "/", "/"+b)
	p.sync(t, io, "/")

	send(io.ToServer(sidA)) // a server that is gone: nothing is left to wait for
	p.sync(t, io, "/", "/"+sidA)
}

// What an own driver of a type that can't be compared sends is not tracked, and
// must not panic.
func TestUncomparableDrivers(t *testing.T) {
	d := struct {
		emitter.Driver
		_ []int
	}{Driver: emittertest.NewCluster(1)}
	io := emitter.New(d)
	if err := io.Emit(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if err := io.Timeout(time.Second).Sync(t.Context()); !errors.Is(err, emitter.ErrUnsupported) {
		t.Errorf("%v, want ErrUnsupported: the driver hides its Listener", err)
	}
}
