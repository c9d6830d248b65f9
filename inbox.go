package emitter

import (
	"sync"

	"github.com/sioxide/emitter/protocol"
)

// Inbox routes answers to the questions that wait for them, by request id. It is
// for the authors of drivers: a Listener embeds one and delivers what its
// subscription brings. The zero Inbox is ready.
type Inbox struct {
	mu     sync.Mutex
	sinks  map[protocol.ID]func(protocol.Response)
	closed bool
}

// Add lets sink have the answers to the request id until stop is called. After
// Close it returns ErrClosed.
func (b *Inbox) Add(id protocol.ID, sink func(protocol.Response)) (stop func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	if b.sinks == nil {
		b.sinks = make(map[protocol.ID]func(protocol.Response))
	}
	b.sinks[id] = sink
	return func() { b.remove(id) }, nil
}

func (b *Inbox) remove(id protocol.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sinks, id)
}

// Deliver hands res to the question that it answers, and tells whether there is
// one. What answers no question is dropped.
func (b *Inbox) Deliver(res protocol.Response) bool {
	b.mu.Lock()
	sink := b.sinks[res.Request]
	b.mu.Unlock()
	if sink == nil {
		return false
	}
	sink(res)
	return true
}

// Len returns how many questions wait.
func (b *Inbox) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.sinks)
}

// Close ends every question that waits with ErrClosed. It may be called again.
func (b *Inbox) Close() {
	b.mu.Lock()
	sinks := b.sinks
	b.sinks, b.closed = nil, true
	b.mu.Unlock()
	for id, sink := range sinks {
		sink(protocol.Response{Request: id, Kind: protocol.KindClosed})
	}
}
