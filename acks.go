//go:build !nocommon || !nomsgpack

package emitter

import (
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// maxAckBytes is how much of the answers to one question waits for its reader.
const maxAckBytes = 64 << 20

// ErrNoAnswer is returned by First when all that was asked for is here and there is
// no answer in it: no socket was selected.
var ErrNoAnswer = errors.New("no socket was selected")

// Acks is the stream of the answers to an EmitWithAck. It lives until every
// selected socket has answered, until the context of EmitWithAck or Timeout ends
// it, or until Close; then nothing of it is left, also when nobody ever reads it.
// Its methods may be called from several goroutines.
type Acks struct {
	q *question

	mu       sync.Mutex
	waiting  []Ack // here, and not yet read
	bytes    int   // of what waits
	expected int
	received int
	dropped  int
	sockets  map[protocol.ID]struct{}
	left     map[protocol.ID]int // announced and not yet here, by server
	iterated bool
	arrived  chan struct{} // gets one element when waiting grows or the question ends
}

// Ack is the answer of one socket.
type Ack struct {
	Socket, Server string
	// Err is why there is no answer: ErrAckTimeout, ErrSocketClosed or ErrSocketFull.
	Err error

	value protocol.Value
}

// Decode decodes the arguments of the answer, by position, into what dst points
// to; what dst does not ask for is passed over, and an argument that did not come
// is an error. Binaries go into []byte. It returns Err where that is set.
func (a Ack) Decode(dst ...any) error {
	if a.Err != nil {
		return fmt.Errorf("emitter: decode the answer of socket %s: %w", a.Socket, a.Err)
	}
	if err := parser.Decode(&a.value, dst...); err != nil {
		return fmt.Errorf("emitter: decode the answer of socket %s: %w", a.Socket, err)
	}
	return nil
}

// Args returns all arguments of the answer, as nil, bool, float64, string, []byte,
// []any and map[string]any. It returns Err where that is set.
func (a Ack) Args() ([]any, error) {
	err := a.Err
	var args []any
	if err == nil {
		args, err = parser.Args(&a.value)
	}
	if err != nil {
		return nil, fmt.Errorf("emitter: decode the answer of socket %s: %w", a.Socket, err)
	}
	return args, nil
}

// AckArg decodes the first argument of an answer.
func AckArg[T any](a Ack) (T, error) {
	var v T
	err := a.Decode(&v)
	return v, err
}

func newAcks() *Acks {
	return &Acks{sockets: make(map[protocol.ID]struct{}), left: make(map[protocol.ID]int), arrived: make(chan struct{}, 1)}
}

// take notes one response and returns by how many the awaited acks grow. It runs
// under the question's lock.
func (a *Acks) take(res *protocol.Response) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch res.Kind {
	case protocol.KindAckCount:
		a.expected += res.Count
		a.left[res.Server] += res.Count
		return res.Count
	case protocol.KindAck:
		if a.left[res.Server] == 0 { // never announced
			return 0
		}
		a.left[res.Server]--
		a.add(res)
		return -1
	}
	return 0
}

// add keeps an answer for the reader. A second answer for one socket is none:
// servers before core 0.20 count a socket once for each room that selects it.
func (a *Acks) add(res *protocol.Response) {
	if _, twice := a.sockets[res.Ack.Socket]; twice {
		a.expected--
		return
	}
	a.sockets[res.Ack.Socket] = struct{}{}
	a.received++
	ack := newAck(res)
	size := ackSize(&ack)
	if a.bytes+size > maxAckBytes {
		a.overflow()
		return
	}
	a.bytes += size
	a.waiting = append(a.waiting, ack)
	a.wake()
}

// overflow ends the stream: this answer and those that are still to come are lost.
func (a *Acks) overflow() {
	a.dropped = 1
	for _, n := range a.left {
		a.dropped += n
	}
	a.q.endLocked(refuse(ErrTooLarge, "%d answers were dropped, as more than %d MiB waited to be read; read faster, or ask fewer sockets", a.dropped, maxAckBytes>>20))
}

func newAck(res *protocol.Response) Ack {
	ack := Ack{Socket: res.Ack.Socket.String(), Server: res.Server.String(), value: res.Ack.Value}
	switch res.Ack.Err {
	case protocol.AckOK:
	case protocol.AckTimedOut:
		ack.Err = ErrAckTimeout
	case protocol.AckSocketClosed:
		ack.Err = ErrSocketClosed
	case protocol.AckSocketFull:
		ack.Err = ErrSocketFull
	default:
		ack.Err = errors.New("the server reports an error that this version does not know")
	}
	return ack
}

func ackSize(a *Ack) int {
	const overhead = 128 // of an Ack and of its ids
	n := overhead + len(a.value.Data)
	for _, b := range a.value.Attachments {
		n += len(b) + 24
	}
	return n
}

func (a *Acks) wake() {
	select {
	case a.arrived <- struct{}{}:
	default:
	}
}

// next returns the next answer; ok is false at the end, and err says how the
// stream ended.
func (a *Acks) next() (ack Ack, ok bool, err error) {
	for {
		a.mu.Lock()
		if len(a.waiting) > 0 {
			ack = a.waiting[0]
			a.waiting[0] = Ack{}
			a.waiting = a.waiting[1:]
			a.bytes -= ackSize(&ack)
			a.mu.Unlock()
			return ack, true, nil
		}
		a.mu.Unlock()
		select {
		case <-a.arrived:
		case <-a.q.done:
			if a.none() {
				return Ack{}, false, a.q.err
			}
		}
	}
}

func (a *Acks) none() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.waiting) == 0
}

// All yields the answers as they come, each once, and ends when every selected
// socket has answered. An error, yielded last, says why not all of them came:
// ErrTimeout, ErrClosed, or ErrTooLarge when more than 64 MiB of answers waited to
// be read. An answer that is a socket's own error has it in Ack.Err. Leaving the
// loop closes the stream. All can be called once.
func (a *Acks) All() iter.Seq2[Ack, error] {
	return func(yield func(Ack, error) bool) {
		a.mu.Lock()
		again := a.iterated
		a.iterated = true
		a.mu.Unlock()
		if again {
			yield(Ack{}, fmt.Errorf("emitter: read answers: All was called before: %w", ErrClosed))
			return
		}
		defer a.q.end(ErrClosed)
		for {
			ack, ok, err := a.next()
			if err != nil {
				yield(Ack{}, fmt.Errorf("emitter: read answers: %w", err))
			}
			if !ok || !yield(ack, nil) {
				return
			}
		}
	}
}

// First waits for the next answer and returns it; the stream stays open for All
// and for First again, until Close. When all answers have been read, or no socket
// was selected, it returns ErrNoAnswer.
func (a *Acks) First() (Ack, error) {
	ack, ok, err := a.next()
	if !ok && err == nil {
		err = ErrNoAnswer
	}
	if err != nil {
		return Ack{}, fmt.Errorf("emitter: read the first answer: %w", err)
	}
	return ack, nil
}

// Expected returns how many answers the servers have announced so far.
func (a *Acks) Expected() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.expected
}

// Received returns how many answers have come so far, read or not.
func (a *Acks) Received() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.received
}

// Silent lists the servers that have not said how many answers will come: by id
// those that were heard of in the last minute, and "" for each other.
func (a *Acks) Silent() []string { return a.q.silent() }

// Close ends the stream: answers that come later are dropped. It may be called
// again and always returns nil.
func (a *Acks) Close() error {
	a.q.end(ErrClosed)
	return nil
}
