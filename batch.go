package emitter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sioxide/emitter/protocol"
)

// Defaults and limits of a Batch.
const (
	DefaultBatchBytes  = 64 << 20 // of what is kept
	DefaultWindowBytes = 4 << 20

	chunkRequests = 512 // of one round trip
)

// Batch is a Driver that keeps requests and sends them together, in as few round
// trips as its driver allows:
//
//	b := emitter.NewBatch(driver)
//	for _, o := range orders {
//		err = io.Via(b).To(o.User).Emit(ctx, "order", o)
//	}
//	err = b.Flush(ctx)
//
// With Window, Rate or Acked it sends no faster than servers take events, and Send
// itself flushes whenever a window is full, so that a loop of any length needs
// constant memory. It may be used by many goroutines at once.
type Batch struct {
	driver Driver
	config batchConfig
	err    error // a bad option, returned by every call
	wire   bool  // requests are recorded in their wire form

	sending  chan struct{} // holds one element while a Flush runs
	due      time.Time     // when a paced batch may send again; of the Flush that runs
	settling settling      // what the window before has left; of the Flush that runs

	mu      sync.Mutex
	entries []batchEntry
	marks   map[batchMark]struct{} // to be made when entries are sent
	bytes   int                    // of entries
	next    int                    // index of the next request recorded
}

// recording is a request that a batch keeps, with its memory.
type recording struct {
	req  protocol.Request
	wire []byte // memory of req.Raw, where that is the batch's own
}

// recordings are those that batches have sent, to be recorded into again.
var recordings = sync.Pool{New: func() any { return new(recording) }}

// maxRecorded is the largest request that is kept for it.
const maxRecorded = 1 << 20

// of makes r a copy of req.
func (r *recording) of(req *protocol.Request, size int, wire bool) {
	if !wire || req.Raw != nil || req.Type.IsAnswered() { // of a question, drivers look at its type
		req.CloneInto(&r.req)
		return
	}
	r.wire = req.AppendMsgpack(slices.Grow(r.wire[:0], size))
	r.req = protocol.Request{Prefix: req.Prefix, Namespace: req.Namespace, Server: req.Server, Raw: r.wire}
}

// recycle gives back a request that was sent: a driver keeps nothing of it. Windows
// keep some of theirs.
func (e *batchEntry) recycle() {
	if e.size <= maxRecorded {
		recordings.Put(e.recording)
	}
	e.recording = nil
}

// batchEntry is a recorded request.
type batchEntry struct {
	*recording
	size  int
	index int // by order of recording since the last Reset
}

var (
	_ Driver   = (*Batch)(nil)
	_ Listener = (*Batch)(nil)
)

// NewBatch makes a Batch for d. Without Window, Rate or Acked it sends everything
// at Flush.
func NewBatch(d Driver, opts ...BatchOption) *Batch {
	b := &Batch{driver: d, sending: make(chan struct{}, 1)}
	b.config.maxBytes, b.config.windowBytes = DefaultBatchBytes, DefaultWindowBytes
	for _, o := range opts {
		if o != nil {
			o.applyBatch(&b.config)
		}
	}
	if d == nil {
		b.err = ErrNoDriver
	} else {
		b.err = b.config.resolve(d)
	}
	_, wire := d.(WireDriver) // not what it wraps: d itself may look at requests
	b.wire = wire && !b.config.acked
	return b
}

// Unwrap returns the driver that the batch sends through.
func (b *Batch) Unwrap() Driver { return b.driver }

// Send records a clone of req and returns -1. What is too large to be kept beside
// the rest is ErrTooLarge. When a window is full it is flushed; an error of that
// flush is returned, and req is recorded all the same unless the error's Failed
// names it. RequireServers is ErrUnsupported.
func (b *Batch) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if b.err != nil {
		return -1, NotSent(b.err)
	}
	if req.Count {
		return -1, NotSent(refuse(ErrUnsupported, "a batch can't count servers when it records; leave RequireServers out"))
	}
	if err := ctx.Err(); err != nil {
		return -1, NotSent(err)
	}
	full, err := b.record(req)
	if err != nil || !full {
		return -1, err
	}
	return -1, b.flush(ctx, true)
}

func (b *Batch) record(req *protocol.Request) (full bool, err error) {
	size := req.MsgpackLen()
	r := recordings.Get().(*recording)
	r.of(req, size, b.wire) // before the lock, as many may record at once
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes+size > b.config.maxBytes {
		return false, NotSent(refuse(ErrTooLarge, "%d bytes beside the %d that the batch keeps, at most %d are allowed (MaxBytes); flush it earlier", size, b.bytes, b.config.maxBytes))
	}
	b.entries = append(b.entries, batchEntry{recording: r, size: size, index: b.next})
	b.bytes += size
	b.next++
	return b.fullLocked(), nil
}

// fullLocked tells whether what is kept fills a window.
func (b *Batch) fullLocked() bool {
	return b.config.streams() && (len(b.entries) >= b.config.events || b.bytes >= b.config.windowBytes)
}

// Listen is ErrUnsupported: what asks goes through the driver, not through a batch.
func (b *Batch) Listen(context.Context, *protocol.Request, func(protocol.Response)) (func(), error) {
	return nil, NotSent(refuse(ErrUnsupported, "a batch can't ask; use the driver itself"))
}

// Len returns how many requests are kept.
func (b *Batch) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.entries)
}

// Reset drops what is kept, and counts from 0 again.
func (b *Batch) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries, b.bytes, b.next = nil, 0, 0
	clear(b.marks)
}

// Flush sends what is kept, in order. After an error, a *BatchError, the batch
// keeps what SafeToRetry holds for, to be flushed again; what was refused or is in
// doubt is named by the error and gone.
func (b *Batch) Flush(ctx context.Context) error {
	if ctx == nil {
		return fmt.Errorf("emitter: flush: %w", errNilContext)
	}
	if b.err != nil {
		return fmt.Errorf("emitter: flush: %w", NotSent(b.err))
	}
	return b.flush(ctx, false)
}

// flush sends everything, or, when onlyFull, as long as a window is full. One
// flush runs at a time; others wait.
func (b *Batch) flush(ctx context.Context, onlyFull bool) error {
	select {
	case b.sending <- struct{}{}:
	case <-ctx.Done():
		return &BatchError{cause: NotSent(ctx.Err())}
	}
	defer func() { <-b.sending }()
	f := flusher{batch: b, ctx: ctx}
	defer b.mark()
	return f.run(onlyFull)
}

// take cuts the next round from the head of what is kept.
func (b *Batch) take(events, bytes int, onlyFull bool) []batchEntry {
	b.mu.Lock()
	defer b.mu.Unlock()
	if onlyFull && !b.fullLocked() {
		return nil
	}
	n, size := 0, 0
	for n < len(b.entries) && n < events {
		size += b.entries[n].size
		if n > 0 && size > bytes {
			size -= b.entries[n].size
			break
		}
		n++
	}
	round := append([]batchEntry(nil), b.entries[:n]...)
	b.entries = append(b.entries[:0:0], b.entries[n:]...)
	b.bytes -= size
	return round
}

// putBack returns what was not sent to the head.
func (b *Batch) putBack(unsent []batchEntry) {
	if len(unsent) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(unsent, b.entries...)
	for _, e := range unsent {
		b.bytes += e.size
	}
}

// BatchError is what a Flush that did not send everything returns, as *BatchError.
type BatchError struct {
	Sent        int            // requests of this flush that were sent
	Unconfirmed int            // of them, the last so many: not every server said that it took their window
	Failed      []BatchFailure // those that were refused or are in doubt, and that the batch has given up

	cause error // what ended the flush, where it is not among Failed
}

// BatchFailure is one request that a Batch gave up.
type BatchFailure struct {
	Index int // by order of recording since the last Reset, from 0
	Err   error
}

func (e *BatchError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "emitter: flush: %d requests were sent", e.Sent)
	if e.Unconfirmed > 0 {
		fmt.Fprintf(&s, ", the last %d of them unconfirmed", e.Unconfirmed)
	}
	if n := len(e.Failed); n > 0 {
		fmt.Fprintf(&s, ", %d failed, the first of them number %d: %v", n, e.Failed[0].Index, e.Failed[0].Err)
	}
	if e.cause != nil {
		fmt.Fprintf(&s, ", then: %v", e.cause)
	}
	return s.String()
}

// Unwrap returns the errors of the requests that failed, and what ended the flush.
func (e *BatchError) Unwrap() []error {
	var errs []error
	if e.cause != nil {
		errs = append(errs, e.cause)
	}
	for _, f := range e.Failed {
		errs = append(errs, f.Err)
	}
	return errs
}
