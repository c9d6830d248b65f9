package rueidisdriver

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// sender puts requests on a client, each call a round trip of its own. A Driver
// puts a Coalescer before it.
type sender struct {
	client    rueidis.Client
	cluster   bool
	sharded   bool
	channels  channelNames
	freshness freshness
}

var _ emitter.BulkDriver = (*sender)(nil)

func newSender(client rueidis.Client, sharded bool) *sender {
	return &sender{client: client, cluster: client.Mode() == rueidis.ClientModeCluster, sharded: sharded}
}

// Send publishes one request.
func (s *sender) Send(ctx context.Context, req *protocol.Request) (int, error) {
	var (
		reqs    = [1]*protocol.Request{req}
		servers [1]int
		errs    [1]error
	)
	_ = s.sendPart(ctx, reqs[:], servers[:], errs[:]) // errs has it
	return servers[0], errs[0]
}

// refuse finds the request that can't be counted: with PUBLISH, each node of a
// cluster knows its own subscribers only.
func (s *sender) refuse(req *protocol.Request) error {
	if !s.cluster || s.sharded || !isCounted(req) {
		return nil
	}
	return emitter.NotSent(fmt.Errorf("%w: on a Redis Cluster servers are counted only with sharded pub/sub; leave out Classic or RequireServers", emitter.ErrUnsupported))
}

// SendAll publishes reqs, in order per channel.
func (s *sender) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	s.sendAll(ctx, reqs, servers, errs)
	for _, err := range errs[:len(reqs)] {
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPart is the most bytes that one pipeline carries, unless a single request has
// more. Redis closes the connection of a server that lags by more than 8 MiB for a
// minute, and rueidis gives a whole pipeline ConnWriteTimeout, 10 s unless told otherwise.
const maxPart = 4 << 20

// sendAll sends reqs in pipelines of at most maxPart. After a failure that is not
// the server's own answer the rest is not sent.
func (s *sender) sendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) {
	for len(reqs) > 0 {
		n, size := 0, 0
		for n < len(reqs) {
			size += reqs[n].MsgpackLen()
			if n > 0 && size > maxPart {
				break
			}
			n++
		}
		broken := s.sendPart(ctx, reqs[:n], servers[:n], errs[:n])
		reqs, servers, errs = reqs[n:], servers[n:], errs[n:]
		if broken == nil {
			continue
		}
		for i, req := range reqs {
			servers[i], errs[i] = -1, s.notSent(s.channels.of(req), broken)
		}
		return
	}
}

// sendPart sends reqs in one round trip, on a cluster in one for each node. It
// returns what keeps the rest from being sent, if anything does.
func (s *sender) sendPart(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) (broken error) {
	b := batches.Get().(*batch)
	b.fill(s, reqs)
	finished := b.await(ctx)
	for i := range b.calls {
		var r result
		if finished {
			r = s.result(b, i)
		} else {
			r = s.abandoned(&b.calls[i], ctx.Err())
		}
		servers[i], errs[i] = r.servers, r.err
		if broken == nil {
			broken = r.broken
		}
	}
	if broken == nil {
		b.release()
	}
	return broken
}

func (s *sender) verb() string {
	if s.sharded {
		return "spublish"
	}
	return "publish"
}
