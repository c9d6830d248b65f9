package redisdriver

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/protocol"
)

// batch is what goes to one node in one round trip. While the client has it,
// nothing in it changes hands: when the caller's context ends first, batch, buffer
// and commands are left to the collector.
type batch struct {
	sender *sender
	calls  []call
	buf    []byte // wire forms, of requests that bring none

	ctx  context.Context
	run  func() // execute, then a signal on done; made once, so that a goroutine costs no closure
	done chan struct{}
}

// call is one publish with its count.
type call struct {
	pub    *publish
	numsub *redis.MapStringIntCmd // nil: not counted by a command of its own
}

var batches = sync.Pool{New: func() any {
	b := &batch{done: make(chan struct{}, 1)}
	b.run = func() {
		b.execute(b.ctx)
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
		if data == nil {
			from := len(b.buf)
			b.buf = req.AppendMsgpack(b.buf)
			data = b.buf[from:len(b.buf):len(b.buf)]
		}
		c := call{pub: newPublish(s.command, ch, data)}
		if isCounted(req) && !s.sharded {
			c.numsub = redis.NewMapStringIntCmd(context.Background(), "pubsub", "numsub", ch.name)
		}
		b.calls = append(b.calls, c)
	}
}

// release gives the batch back; nobody may hold a part of it.
func (b *batch) release() {
	for i := range b.calls {
		b.calls[i].pub.release()
	}
	clear(b.calls)
	b.calls, b.buf, b.ctx, b.sender = b.calls[:0], b.buf[:0], nil, nil
	if cap(b.buf) <= maxPart {
		batches.Put(b)
	}
}

// await runs the batch and returns true when it is done, false when ctx ended
// first. go-redis does not heed the end of a context while it writes and reads, so
// a context that can end is watched from here.
func (b *batch) await(ctx context.Context) bool {
	if ctx.Done() == nil {
		b.execute(ctx)
		return true
	}
	b.ctx = ctx
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

// execute runs the commands, on a cluster again where their slot has moved to.
func (b *batch) execute(ctx context.Context) {
	s := b.sender
	s.exec(ctx, nil, b.calls)
	if s.cluster != nil {
		s.follow(ctx, b.calls)
	}
}

// exec runs calls, all of one node, in one round trip: on n, or, where that is nil,
// on the node that is known to have their slot. Each command keeps its own error.
func (s *sender) exec(ctx context.Context, n node, calls []call) {
	if n == nil {
		var err error
		if n, err = s.nodeOf(ctx, calls[0].pub.ch); err != nil {
			for i := range calls {
				calls[i].pub.SetErr(err)
			}
			return
		}
	}
	if len(calls) == 1 && calls[0].numsub == nil {
		_ = n.Process(ctx, calls[0].pub)
		return
	}
	pipe := n.Pipeline()
	for i := range calls {
		if calls[i].numsub != nil {
			_ = pipe.Process(ctx, calls[i].numsub) // first, to count who is there when the message comes
		}
		_ = pipe.Process(ctx, calls[i].pub)
	}
	_, _ = pipe.Exec(ctx)
}
