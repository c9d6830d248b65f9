package redisdriver

import (
	"context"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// sender puts requests on a client, each call a round trip of its own. A Driver
// puts a Coalescer before it.
type sender struct {
	client   node
	cluster  *redis.ClusterClient // nil: another client
	sharded  bool
	command  any  // "publish" or "spublish"
	exact    bool // errors of client are those of one server
	channels channelNames
}

var _ emitter.BulkDriver = (*sender)(nil)

// node is what talks to one server: a *redis.Client, or a client of the caller's
// own type.
type node interface {
	Process(ctx context.Context, cmd redis.Cmder) error
	Pipeline() redis.Pipeliner
}

func newSender(client redis.UniversalClient, sharded bool) *sender {
	s := &sender{client: client, sharded: sharded, command: "publish"}
	if sharded {
		s.command = "spublish"
	}
	s.cluster, _ = client.(*redis.ClusterClient)
	_, single := client.(*redis.Client)
	s.exact = single || s.cluster != nil
	return s
}

// nodeOf returns the server on which to publish: on a cluster the master of the
// channel's slot, for PUBLISH too, so that a channel keeps its order.
func (s *sender) nodeOf(ctx context.Context, ch *channel) (node, error) {
	if s.cluster == nil {
		return s.client, nil
	}
	return s.cluster.MasterForKey(ctx, ch.name)
}

// Send publishes one request.
func (s *sender) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if err := s.refuse(req); err != nil {
		return -1, err
	}
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
	if s.cluster == nil || s.sharded || !isCounted(req) || !isCluster(s.cluster) {
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

func (s *sender) sendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) {
	if s.cluster == nil {
		s.sendParts(ctx, reqs, servers, errs)
		return
	}
	byNode := s.split(ctx, reqs, servers, errs)
	if len(byNode) == 1 && len(byNode[0].reqs) == len(reqs) {
		s.sendParts(ctx, reqs, servers, errs)
		return
	}
	var wg sync.WaitGroup
	for _, g := range byNode {
		wg.Go(func() {
			s.sendParts(ctx, g.reqs, g.servers, g.errs)
			for i, at := range g.at {
				servers[at], errs[at] = g.servers[i], g.errs[i]
			}
		})
	}
	wg.Wait()
}

// group is the requests of one node, and their places among all.
type group struct {
	reqs    []*protocol.Request
	at      []int
	servers []int
	errs    []error
}

// split groups reqs by node; those for which there is none get their error.
func (s *sender) split(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) []*group {
	byNode := make(map[node]*group)
	var groups []*group
	for i, req := range reqs {
		ch := s.channels.of(req)
		n, err := s.nodeOf(ctx, ch)
		if err != nil {
			err = s.notSent(ch, err)
		} else {
			err = s.refuse(req)
		}
		if err != nil {
			servers[i], errs[i] = -1, err
			continue
		}
		g := byNode[n]
		if g == nil {
			g = new(group)
			byNode[n] = g
			groups = append(groups, g)
		}
		g.reqs, g.at = append(g.reqs, req), append(g.at, i)
	}
	for _, g := range groups {
		g.servers, g.errs = make([]int, len(g.reqs)), make([]error, len(g.reqs))
	}
	return groups
}

// maxPart is the most bytes that one pipeline carries, unless a single request has
// more. Redis closes the connection of a server that lags by more than 8 MiB for a
// minute, and go-redis gives a whole pipeline WriteTimeout, 3 s unless told otherwise.
const maxPart = 2 << 20

// sendParts sends reqs of one node, in pipelines of at most maxPart. After a
// failure that is not the server's own answer the rest is not sent.
func (s *sender) sendParts(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) {
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

// sendPart sends reqs of one node in one round trip. It returns what keeps the rest
// from being sent, if anything does.
func (s *sender) sendPart(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) (broken error) {
	b := batches.Get().(*batch)
	b.fill(s, reqs)
	finished := b.await(ctx)
	for i := range b.calls {
		var r result
		if finished {
			r = s.result(ctx, &b.calls[i])
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
