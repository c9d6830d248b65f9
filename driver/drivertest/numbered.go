package drivertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// numbered returns the request of a number, always the same, whose bytes all
// depend on the number: a message that is torn is not its number's.
func (s *scene) numbered(n int64) *protocol.Request {
	req := s.request("")
	copy(req.Node[:], "drivertest-node0")
	copy(req.ID[:], fmt.Sprintf("%016d", n))
	size := int(n*7919) % 3000
	if n%16 == 0 {
		size += 60_000
	}
	data := make([]byte, size)
	for i := range data {
		data[i] = 'a' + byte((n+int64(i))%26)
	}
	req.Packet.Data.Data = data
	return req
}

// numberOf reads the number back: it stands in the request's id, after an array
// header and the node's id.
func numberOf(message []byte) (int64, error) {
	const at = 1 + 1 + protocol.IDLen + 1
	if len(message) < at+protocol.IDLen {
		return 0, errors.New("too short")
	}
	return strconv.ParseInt(string(message[at:at+protocol.IDLen]), 10, 64)
}

// ledger keeps what was sent and what arrived, by number.
type ledger struct {
	s *scene

	mu      sync.Mutex
	arrived map[int64]int
	sent    map[int64]error
	changed chan struct{} // closed and made anew when something arrives
}

// newLedger reads what arrives on the channel of all servers until the case ends.
func (s *scene) newLedger() *ledger {
	l := &ledger{s: s, arrived: make(map[int64]int), sent: make(map[int64]error), changed: make(chan struct{})}
	messages := s.watch("")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case m, ok := <-messages:
				if !ok {
					return
				}
				l.take(m)
			case <-stop:
				return
			}
		}
	}()
	s.Cleanup(func() {
		close(stop)
		<-stopped
	})
	return l
}

func (l *ledger) take(message []byte) {
	n, err := numberOf(message)
	if err != nil || !bytes.Equal(message, l.s.numbered(n).AppendMsgpack(nil)) {
		l.s.Errorf("every message that arrives is whole: got %s", shorten(message))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived[n]++
	close(l.changed)
	l.changed = make(chan struct{})
}

// send sends a fresh numbered request and overwrites its bytes when Send returns.
func (l *ledger) send(ctx context.Context) (int64, error) {
	n := serial.Add(1)
	return n, l.sendThis(ctx, n, l.s.numbered(n))
}

func (l *ledger) sendThis(ctx context.Context, n int64, req *protocol.Request) error {
	_, err := l.s.driver.Send(ctx, req)
	fill(req.Packet.Data.Data)
	l.record(n, err)
	return err
}

func (l *ledger) record(n int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[n] = err
}

// settle waits until all that was sent without an error has arrived, then checks
// each number. In doubt is what failed without a mark: it may arrive once.
func (l *ledger) settle() {
	l.s.Helper()
	deadline := time.After(patience)
	for {
		l.mu.Lock()
		missing, changed := l.missing(), l.changed
		l.mu.Unlock()
		if missing == 0 {
			break
		}
		select {
		case <-changed:
		case <-deadline:
			l.s.Fatalf("what Send returned no error for arrives: %d of %d did not within %v", missing, len(l.sent), patience)
		}
	}
	l.judge()
}

func (l *ledger) missing() int {
	missing := 0
	for n, err := range l.sent {
		if err == nil && l.arrived[n] == 0 {
			missing++
		}
	}
	return missing
}

// judge checks what has arrived so far.
func (l *ledger) judge() {
	l.s.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, times := range l.arrived {
		err, known := l.sent[n]
		switch {
		case !known:
			continue // its Send has not returned yet
		case times > 1:
			l.s.Errorf("a request is delivered at most once: number %d arrived %d times (Send returned %v)", n, times, err)
		case err != nil && emitter.SafeToRetry(err):
			l.s.Errorf("an error is marked by NotSent only when nothing was sent: number %d arrived (Send returned %v)", n, err)
		}
	}
}
