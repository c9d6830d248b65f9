//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// The clients of each room are waited for: the answers of one say nothing of the
// queues of another's.
func TestAckedAsksEverySelection(t *testing.T) {
	r := newRounds()
	for _, room := range []string{"a", "b"} {
		r.Connect(0, "/", room).OnAck(echo)
	}
	b := emitter.NewBatch(r, emitter.Acked(), emitter.Window(6))
	io := emitter.New(r).Via(b)
	for range 2 {
		fill(t, io.To("a"), 1)
		fill(t, io.To("b"), 1)
		fill(t, io.To("a").Except("b"), 1)
	}
	if got := strings.Join(r.seen, " "); got != "eeeqqq" {
		t.Errorf("rounds %q", got)
	}
}

// fullQueue is a cluster whose clients' queues take no event that asks.
type fullQueue struct{ *rounds }

func (f fullQueue) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (func(), error) {
	return f.rounds.Listen(ctx, req, func(res protocol.Response) {
		if res.Kind == protocol.KindAck {
			res.Ack = &protocol.Ack{Socket: res.Ack.Socket, Err: protocol.AckSocketFull}
		}
		sink(res)
	})
}

func TestAckedTellsOfFullQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := fullQueue{newRounds()}
		r.Connect(0, "/", "r").OnAck(echo)
		b := emitter.NewBatch(r, emitter.Acked())
		fill(t, emitter.New(r).Via(b).To("r"), 1)
		var failed *emitter.BatchError
		if err := b.Flush(t.Context()); !errors.As(err, &failed) || !errors.Is(err, emitter.ErrSocketFull) || failed.Sent != 1 {
			t.Errorf("an event that a client's queue did not take: %v", err)
		}
	})
}
