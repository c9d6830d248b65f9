package redischeck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/protocol"
)

// watchTraffic begins to watch passing messages by a pattern, which is not counted as
// a server. The function that it returns waits for the end of that and judges.
func (l *looker) watchTraffic(ctx context.Context) (judge func()) {
	switch {
	case l.target.Sharded:
		l.report.Skip(parser, "sharded pub/sub can't be watched by a pattern, and no probe of a parser is harmless")
		return func() {}
	case l.opts.Watch <= 0:
		l.report.Skip(parser, "watching is switched off, and no probe of a parser is harmless")
		return func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, l.opts.Watch)
	t := &traffic{Traffic: members.Traffic{Parser: l.target.Parser}, known: l.inventory.servers()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.watch(ctx, l.client, l.target.Prefix)
	}()
	return func() {
		<-done
		cancel()
		if t.err != nil {
			l.report.Skip(parser, "messages can't be watched: %s", l.why(t.err))
			return
		}
		t.Judge(l.report, fmt.Sprintf("no event passed within %s", l.opts.Watch))
	}
}

// servers lists all that have a channel of their own.
func (inv *inventory) servers() map[string]bool {
	known := make(map[string]bool)
	if inv == nil {
		return known
	}
	for _, list := range *inv {
		for _, id := range list.own {
			known[id] = true
		}
	}
	return known
}

// traffic is what passed.
type traffic struct {
	members.Traffic

	known map[string]bool // servers
	err   error
}

func (t *traffic) watch(ctx context.Context, client redis.UniversalClient, prefix string) {
	escaped := escapePattern(prefix)
	pubsub := client.PSubscribe(ctx, escaped+"-request#*", escaped+"-response#*")
	defer func() { _ = pubsub.Close() }() // it was only read from
	for !t.Certain() {
		m, err := pubsub.Receive(ctx)
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, context.DeadlineExceeded) {
				t.err = err
			}
			return
		}
		if m, ok := m.(*redis.Message); ok {
			t.take(m.Channel, []byte(m.Payload), prefix)
		}
	}
}

// escapePattern makes a name mean itself in a pattern.
func escapePattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(name)
}

func (t *traffic) take(channel string, data []byte, prefix string) {
	if strings.HasPrefix(channel, prefix+"-response#") {
		res, err := protocol.DecodeAddressedResponse(data)
		if err == nil && res.Kind == protocol.KindAck && res.Ack.Err == protocol.AckOK {
			t.Take(res.Ack.Value.Kind, res.Server.String(), true)
		}
		return
	}
	req, err := protocol.DecodeRequest(data)
	if err == nil && req.Type.HasPacket() {
		t.Take(req.Packet.Data.Kind, req.Node.String(), t.known[req.Node.String()])
	}
}
