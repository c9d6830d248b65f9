package redisdriver

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// publish is a PUBLISH or SPUBLISH that go-redis never repeats by itself. It knows
// whether the client has begun to write it, which no error of the client tells.
type publish struct {
	*redis.IntCmd
	args [3]any // the command's name, the channel, &body
	ch   *channel
	body body
}

// The life of a body. Only pending → written and pending → dropped compete.
const (
	pending uint32 = iota
	written        // the client has taken the bytes: they may be on their way
	dropped        // nobody waits any more: the client must not write it
)

// body is the message of a publish.
type body struct {
	data  []byte
	state atomic.Uint32
}

var errDropped = errors.New("nobody waits for the command any more")

// MarshalBinary is called by the client when it writes the command.
func (b *body) MarshalBinary() ([]byte, error) {
	if b.state.CompareAndSwap(pending, written) || b.state.Load() == written {
		return b.data, nil
	}
	return nil, errDropped
}

// String keeps the message itself out of logs and traces.
func (b *body) String() string { return strconv.Itoa(len(b.data)) + " bytes" }

var publishes = sync.Pool{New: func() any {
	p := new(publish)
	p.args[2] = &p.body
	p.IntCmd = redis.NewIntCmd(context.Background(), p.args[:]...) // keeps this very slice
	return p
}}

func newPublish(name any, ch *channel, data []byte) *publish {
	p := publishes.Get().(*publish)
	p.args[0], p.args[1], p.ch = name, ch.arg, ch
	p.body.data = data
	p.rearm()
	return p
}

// rearm makes p ready to be run, again after a redirection.
func (p *publish) rearm() {
	p.body.state.Store(pending)
	p.SetVal(-1)
	p.SetErr(nil)
}

func (p *publish) release() {
	p.args[1], p.ch, p.body.data = nil, nil, nil
	publishes.Put(p)
}

// drop keeps p from being written; it is false when it is too late.
func (p *publish) drop() bool { return p.body.state.CompareAndSwap(pending, dropped) }

func (p *publish) wasWritten() bool { return p.body.state.Load() == written }

// NoRetry tells go-redis not to run the command again.
func (p *publish) NoRetry() bool { return true }
