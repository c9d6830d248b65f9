package rueidisdriver

import (
	"context"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter/protocol"
)

// batch is what goes out in one round trip. While the client has it, nothing in it
// changes hands: when the caller's context ends first, batch, buffer and commands
// are left to the collector.
type batch struct {
	sender   *sender
	calls    []call
	commands []rueidis.Completed
	results  []rueidis.RedisResult
	one      [1]rueidis.RedisResult // results of a single command
	buf      []byte                 // wire forms, of requests that bring none
	started  time.Time
	took     time.Duration

	ctx  values
	run  func() // execute, then a signal on done; made once, so that a goroutine costs no closure
	done chan struct{}
}

// call is one request's place among the commands.
type call struct {
	channel string
	at      int   // of the publish
	counted bool  // the command before it is its NUMSUB
	refused error // instead of a command
}

// values is a context that does not end. rueidis closes a connection that it
// shares with other calls when the deadline of one passes, and heeds a
// cancellation only sometimes: batch.await watches the caller's context instead.
type values struct{ context.Context }

func (values) Deadline() (time.Time, bool) { return time.Time{}, false }
func (values) Done() <-chan struct{}       { return nil }
func (values) Err() error                  { return nil }

var batches = sync.Pool{New: func() any {
	b := &batch{done: make(chan struct{}, 1)}
	b.run = func() {
		b.execute()
		b.done <- struct{}{}
	}
	return b
}}

// fill makes the commands of reqs.
func (b *batch) fill(s *sender, reqs []*protocol.Request) {
	b.sender = s
	size := 0
	for _, req := range reqs {
		if req.Raw == nil {
			size += req.MsgpackLen()
		}
	}
	if cap(b.buf) < size {
		b.buf = make([]byte, 0, size)
	}
	for _, req := range reqs {
		ch, data := s.channels.of(req), req.Raw
		if err := s.refuse(req); err != nil {
			b.calls = append(b.calls, call{channel: ch, refused: err})
			continue
		}
		if data == nil {
			from := len(b.buf)
			b.buf = req.AppendMsgpack(b.buf)
			data = b.buf[from:len(b.buf):len(b.buf)]
		}
		c := call{channel: ch, counted: isCounted(req) && !s.sharded}
		if c.counted { // first, to count who is there when the message comes
			b.commands = append(b.commands, s.client.B().PubsubNumsub().Channel(ch).Build())
		}
		c.at = len(b.commands)
		b.commands = append(b.commands, s.publish(ch, rueidis.BinaryString(data)))
		b.calls = append(b.calls, c)
	}
}

// publish makes a command that goes to the master of the channel's slot, with
// PUBLISH too, so that a channel keeps its order. rueidis repeats only commands
// that it knows as harmless to repeat, and these are not among them.
func (s *sender) publish(channel, data string) rueidis.Completed {
	if s.sharded {
		return s.client.B().Spublish().Channel(channel).Message(data).Build()
	}
	c := s.client.B().Publish().Channel(channel).Message(data).Build()
	if s.cluster {
		c = c.SetSlot(channel)
	}
	return c
}

// release gives the batch back; nobody may hold a part of it.
func (b *batch) release() {
	clear(b.calls)
	clear(b.commands)
	clear(b.one[:])
	b.sender, b.ctx.Context, b.results = nil, nil, nil
	b.calls, b.commands, b.buf = b.calls[:0], b.commands[:0], b.buf[:0]
	if cap(b.buf) <= maxPart {
		batches.Put(b)
	}
}

// await runs the batch and returns true when it is done, false when ctx ended
// first.
func (b *batch) await(ctx context.Context) bool {
	b.ctx.Context = ctx
	if ctx.Done() == nil {
		b.execute()
		return true
	}
	go b.run()
	select {
	case <-b.done:
		return true
	case <-ctx.Done():
	}
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

func (b *batch) execute() {
	b.started = time.Now()
	switch len(b.commands) {
	case 0:
	case 1:
		b.one[0] = b.sender.client.Do(&b.ctx, b.commands[0])
		b.results = b.one[:]
	default:
		b.results = b.sender.client.DoMulti(&b.ctx, b.commands...)
	}
	b.took = time.Since(b.started)
}
