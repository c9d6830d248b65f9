package rueidisdriver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter/protocol"
)

// freshness keeps an event that is a question off connections that died while nobody
// used them, as all do when Redis restarts: rueidis notices only when it uses one, and
// what was then written can't be sent again. A connection for answers, which is read
// all the time, tells when that may be.
type freshness struct {
	stale atomic.Bool
	mu    sync.Mutex
}

// pings find every connection to a server. rueidis keeps 4 (PipelineMultiplex) and
// picks one by chance: that 64 picks miss one of them happens once in 25 million times.
const pings = 64

// doubt notes that connections may have died.
func (f *freshness) doubt() { f.stale.Store(true) }

// freshen has rueidis replace the connections that died. Its error says that nothing
// can be sent.
func (s *sender) freshen(ctx context.Context, req *protocol.Request) error {
	f := &s.freshness
	if !f.stale.Load() {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		var err error
		if f.stale.Load() {
			if err = s.pingAll(values{ctx}); err == nil {
				f.stale.Store(false)
			}
		}
		done <- err
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return s.notSent(s.channels.of(req), fmt.Errorf("look for connections that died: %w", err))
	}
	return nil
}

// pingAll returns an error when a standalone server does not answer. On a cluster a
// node that is down is the concern of those who need it.
func (s *sender) pingAll(ctx context.Context) error {
	if !s.cluster {
		return pingOften(ctx, s.client)
	}
	var wg sync.WaitGroup
	for _, node := range s.client.Nodes() {
		wg.Go(func() { _ = pingOften(ctx, node) })
	}
	wg.Wait()
	return nil
}

func pingOften(ctx context.Context, client rueidis.Client) error {
	errs := make(chan error, pings)
	for range pings {
		go func() { errs <- client.Do(ctx, client.B().Ping().Build()).Error() }()
	}
	var failed error
	for range pings {
		if err := <-errs; err != nil && !isReply(err) {
			failed = err
		}
	}
	return failed
}

// needsFreshness tells whether req, in doubt, could not be sent again.
func needsFreshness(req *protocol.Request) bool {
	return req.Raw == nil && req.Type == protocol.BroadcastWithAck
}
