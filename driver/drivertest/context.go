package drivertest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// inTime is how long after the end of its context a call may take to return; it
// allows for a machine that is busy with other tests, and is less than the
// timeouts of the clients.
const inTime = 2 * time.Second

func endedContext(s *scene) {
	got := s.watch("")
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
	defer cancel()
	for _, ctx := range []context.Context{canceled, expired} {
		_, err := s.driver.Send(ctx, s.request("too late"))
		if !errors.Is(err, ctx.Err()) {
			s.Errorf("a context that has ended gives its own error: %v", err)
		}
		if !emitter.SafeToRetry(err) {
			s.Errorf("a context that has ended is marked by NotSent: %v", err)
		}
	}
	s.nothingElse(got, "", "with a context that has ended nothing is sent")
}

// needStall skips the case where the backend can't be stalled.
func (s *scene) needStall() {
	s.Helper()
	if s.harness.Stall == nil {
		s.Skip("the backend can't be stalled here")
	}
}

// mustEnd checks a call that began at start with ctx, against a backend that says
// nothing.
func (s *scene) mustEnd(ctx context.Context, ended time.Time, err error) {
	s.Helper()
	if late := time.Since(ended); late > inTime {
		s.Errorf("a call returns when its context ends: it took %v longer", late)
	}
	<-ctx.Done() // its timer may be behind the client's
	if !errors.Is(err, ctx.Err()) {
		s.Errorf("a context that ends gives its own error: %v", err)
	}
}

func stalled(s *scene) {
	s.needStall()
	l := s.newLedger()
	if _, err := l.send(s.Context()); err != nil { // a connection is open
		s.Fatal(err)
	}
	resume := s.harness.Stall(s)
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		_, err := l.send(ctx)
		deadline, _ := ctx.Deadline()
		s.mustEnd(ctx, deadline, err)
		cancel()
	}
	// Canceled long before its deadline.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	var canceled time.Time
	time.AfterFunc(50*time.Millisecond, func() {
		canceled = time.Now()
		cancel()
	})
	_, err := l.send(ctx)
	<-ctx.Done()
	s.mustEnd(ctx, canceled, err)

	s.crowd(l)
	resume()
	s.recovers(l)
	l.settle()
}

// crowd has more calls wait at once than any queue of a client holds.
func (s *scene) crowd(l *ledger) {
	const calls = 1500
	reqs := make(map[int64]*protocol.Request, calls)
	for range calls {
		n := serial.Add(1)
		reqs[n] = s.numbered(n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	deadline, _ := ctx.Deadline()
	var (
		wg   sync.WaitGroup
		late atomic.Int64
	)
	for n, req := range reqs {
		wg.Go(func() {
			if err := l.sendThis(ctx, n, req); !errors.Is(err, context.DeadlineExceeded) {
				s.Errorf("a context that ends gives its own error: %v", err)
			}
			if time.Since(deadline) > inTime {
				late.Add(1)
			}
		})
	}
	wg.Wait()
	if n := late.Load(); n > 0 {
		s.Errorf("calls return when their context ends: %d of %d took more than %v longer", n, calls, inTime)
	}
}

// recovers waits until the driver sends again, which a client may need some
// attempts for.
func (s *scene) recovers(l *ledger) {
	s.Helper()
	for deadline := time.Now().Add(patience); ; {
		_, err := l.send(s.Context())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.Fatalf("a driver sends again when its backend answers again: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func stalledLoad(s *scene) {
	s.needStall()
	l := s.newLedger()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	ended := make(chan struct{}, 1<<16)
	for i := range 32 {
		wg.Go(func() {
			for n := i; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+n%7)*time.Millisecond)
				if n%3 == 0 {
					time.AfterFunc(time.Millisecond, cancel)
				}
				if _, err := l.send(ctx); err != nil {
					select {
					case ended <- struct{}{}:
					default:
					}
				}
				cancel()
			}
		})
	}
	for range 3 {
		resume := s.harness.Stall(s)
		for range 200 {
			<-ended
		}
		resume()
		s.recovers(l)
	}
	close(stop)
	wg.Wait()
	s.recovers(l)
	l.settle()
}
