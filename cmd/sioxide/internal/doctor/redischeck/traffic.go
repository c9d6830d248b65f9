package redischeck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
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
	t := &traffic{wrong: protocol.Binary, known: l.inventory.servers()}
	if l.target.Parser == emitter.Msgpack {
		t.wrong = protocol.Text
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.watch(ctx, l.client, l.target.Prefix)
	}()
	return func() {
		<-done
		cancel()
		l.judgeTraffic(t)
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
	wrong protocol.ValueKind // of the parser that the URL does not say
	known map[string]bool    // servers

	right     int             // values of the parser that the URL says
	byServers map[string]bool // servers that sent values of the other one
	byOthers  map[string]bool // processes that are no servers
	err       error
}

func (t *traffic) watch(ctx context.Context, client redis.UniversalClient, prefix string) {
	t.byServers, t.byOthers = make(map[string]bool), make(map[string]bool)
	escaped := escapePattern(prefix)
	pubsub := client.PSubscribe(ctx, escaped+"-request#*", escaped+"-response#*")
	defer func() { _ = pubsub.Close() }() // it was only read from
	for len(t.byServers) == 0 {           // one server's word is enough
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
			t.count(res.Ack.Value.Kind, res.Server, true)
		}
		return
	}
	req, err := protocol.DecodeRequest(data)
	if err == nil && req.Type.HasPacket() {
		t.count(req.Packet.Data.Kind, req.Node, t.known[req.Node.String()])
	}
}

func (t *traffic) count(kind protocol.ValueKind, from protocol.ID, isServer bool) {
	switch {
	case kind != t.wrong:
		t.right++
	case isServer:
		t.byServers[from.String()] = true
	default:
		t.byOthers[from.String()] = true
	}
}

func (l *looker) judgeTraffic(t *traffic) {
	other := emitter.Msgpack
	if l.target.Parser == emitter.Msgpack {
		other = emitter.Common
	}
	f := report.Finding{
		Code: report.ParserMismatch,
		Do:   fmt.Sprintf("Send nothing before this is clear: an event of the wrong parser makes servers deaf, or disconnects every client. The parser is in the servers' code (ParserConfig); if it is %s, add parser=%s to the URL.", other, other),
	}
	switch {
	case len(t.byServers) > 0:
		f.Says = fmt.Sprintf("The servers use the %s parser, and the URL says %s.", other, l.target.Parser)
		f.Details = []string{"events or answers of server " + strings.Join(sorted(t.byServers), ", ")}
	case len(t.byOthers) > 0:
		f.Says = fmt.Sprintf("Somebody who is no server sends events of the %s parser, and the URL says %s: one of the two is wrong.", other, l.target.Parser)
		f.Details = []string{"events of " + strings.Join(sorted(t.byOthers), ", ")}
	case t.err != nil:
		l.report.Skip(parser, "messages can't be watched: %s", l.why(t.err))
		return
	case t.right == 0:
		l.report.Skip(parser, "no event passed within %s, and no probe of a parser is harmless", l.opts.Watch)
		return
	default:
		l.report.Pass(parser, "events that passed are of the %s parser: %d", l.target.Parser, t.right)
		return
	}
	l.report.Find(parser, f)
}

func sorted(ids map[string]bool) []string { return slices.Sorted(maps.Keys(ids)) }
