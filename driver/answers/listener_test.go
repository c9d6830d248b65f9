package answers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

// run runs a test in a bubble that ends only when nothing of the Listener is left.
func run(t *testing.T, test func(t *testing.T, b *backend, l *answers.Listener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBackend()
		l := answers.New(b, nil)
		test(t, b, l)
		l.Close()
		synctest.Wait()
		if len(b.conns) != 0 {
			t.Errorf("Close leaves %d connections", len(b.conns))
		}
	})
}

func mustNote(t *testing.T, b *backend, want string) {
	t.Helper()
	synctest.Wait()
	if got := b.noted(); got != want {
		t.Errorf("happened: %s\n    want: %s", got, want)
	}
}

func TestIdleSubscriptionsAreReleased(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		stop, _, _ := listen(t, l, "a")
		other, _, _ := listen(t, l, "b")
		mustNote(t, b, "dial one, subscribe a, subscribe b")
		stop()
		stop()
		time.Sleep(4 * time.Minute)
		again, _, _ := listen(t, l, "a")
		again()
		time.Sleep(4 * time.Minute)
		mustNote(t, b, "")
		again, _, _ = listen(t, l, "a")
		time.Sleep(time.Hour)
		mustNote(t, b, "")
		again()
		time.Sleep(5*time.Minute - time.Second)
		mustNote(t, b, "")
		time.Sleep(2 * time.Second)
		mustNote(t, b, "unsubscribe a")
		other()
		time.Sleep(6 * time.Minute)
		mustNote(t, b, "unsubscribe b, close")
		stop, got, id := listen(t, l, "a")
		if b.publish("a", response(id)) != 1 || len(*got) != 1 {
			t.Error("a subscription that was released is made again")
		}
		mustNote(t, b, "dial one, subscribe a")
		stop()
	})
}

func TestConnectionsByName(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		b.route = func(channel string) any { return channel[:1] }
		for _, channel := range []string{"a1", "b1", "a2", "b2"} {
			stop, _, _ := listen(t, l, channel)
			defer stop()
		}
		mustNote(t, b, "dial a, subscribe a1, dial b, subscribe b1, subscribe a2, subscribe b2")
	})
}

func TestAtMostAThousand(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		var stops []func()
		for i := range 1000 {
			stop, _, _ := listen(t, l, fmt.Sprint(i))
			stops = append(stops, stop)
			time.Sleep(time.Millisecond)
		}
		b.noted()
		_, err := l.Listen(t.Context(), "one more", protocol.NewID(), nil)
		if err == nil || !strings.Contains(err.Error(), "1000") || !strings.Contains(err.Error(), "fewer namespaces") {
			t.Errorf("with 1,000 in use another one is refused: %v", err)
		}
		again, _, _ := listen(t, l, "7") // one that is there is shared
		again()
		stops[5]()
		time.Sleep(time.Second)
		stops[3]()
		stop, _, _ := listen(t, l, "one more")
		synctest.Wait()
		if len(b.on("5")) != 0 || len(b.on("3")) != 1 || len(b.on("one more")) != 1 {
			t.Errorf("the one that has been idle for longest makes room: %s", b.noted())
		}
		stop()
	})
}

// TestEvictionsLoseNothing has subscriptions to the same channels end and begin at
// the same time.
func TestEvictionsLoseNothing(t *testing.T) {
	b := newBackend()
	l := answers.New(b, nil)
	defer l.Close()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 300 {
				channel := fmt.Sprint(rand.IntN(1020))
				id, got := protocol.NewID(), make(chan protocol.Response, 10)
				stop, err := l.Listen(context.Background(), channel, id, func(res protocol.Response) { got <- res })
				if err != nil {
					t.Error(err)
					return
				}
				if n := b.publish(channel, response(id)); n != 1 || len(got) != 1 {
					t.Errorf("a channel that is listened to is subscribed %d times, %d answers came", n, len(got))
				}
				stop()
			}
		})
	}
	wg.Wait()
	if b.overlaps > 0 {
		t.Errorf("a connection is told one thing at a time: %d times it was two", b.overlaps)
	}
}

func TestARefusedSubscriptionIsNotKept(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		kept, _, _ := listen(t, l, "kept")
		defer kept()
		noperm := errors.New("NOPERM")
		b.refuse = func(channel string) error {
			if channel == "a" {
				return noperm
			}
			return nil
		}
		b.noted()
		start := time.Now()
		_, err := l.Listen(t.Context(), "a", protocol.NewID(), nil)
		if !errors.Is(err, noperm) || !strings.Contains(err.Error(), `"a"`) || time.Since(start) > 0 {
			t.Errorf("a refusal is told at once: %v after %v", err, time.Since(start))
		}
		time.Sleep(time.Hour)
		mustNote(t, b, "refuse a")
		if len(b.on("kept")) != 1 {
			t.Error("a refusal leaves others alone")
		}
	})
}

func TestQuestionsHurryARestoration(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		stop, got, id := listen(t, l, "a")
		refused := errors.New("connection refused")
		b.set(func() { b.down = refused })
		b.lose(errors.New("EOF"))
		time.Sleep(time.Minute)
		start := time.Now()
		if _, err := l.Listen(t.Context(), "a", protocol.NewID(), nil); !errors.Is(err, refused) || time.Since(start) > 0 {
			t.Errorf("a question asked meanwhile tries at once, and fails at once: %v after %v", err, time.Since(start))
		}
		b.set(func() { b.down = nil })
		again, _, _ := listen(t, l, "a")
		if time.Since(start) > 0 {
			t.Errorf("and works at once when the backend is back: after %v", time.Since(start))
		}
		if b.publish("a", response(id)) != 1 || len(*got) != 1 {
			t.Error("a question that waits hears what comes after the restoration")
		}
		again()
		stop()
	})
}

func TestRestorationByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		b := newBackend()
		l := answers.New(b, slog.New(slog.NewTextHandler(&log, nil)))
		for _, channel := range []string{"a", "b"} {
			stop, _, _ := listen(t, l, channel)
			stop() // idle ones are restored as well
		}
		b.set(func() { b.down = errors.New("refused") })
		b.lose(errors.New("EOF"))
		time.Sleep(30 * time.Second)
		if n := strings.Count(b.noted(), "refused"); n < 20 || n > 60 {
			t.Errorf("30 s without a backend take %d attempts", n)
		}
		b.set(func() { b.down = nil })
		time.Sleep(2 * time.Second)
		if len(b.on("a")) != 1 || len(b.on("b")) != 1 {
			t.Error("what was lost is restored within 2 s")
		}
		b.end("a")
		synctest.Wait()
		if len(b.on("a")) != 1 {
			t.Error("what the backend has ended is subscribed again at once")
		}
		l.Close()
		for part, want := range map[string]int{"level=WARN": 3, "level=INFO": 3, "error=EOF": 2, "error=moved": 1, "channel=a": 4} {
			if n := strings.Count(log.String(), part); n != want {
				t.Errorf("the log says %q %d times, not %d:\n%s", part, n, want, log.String())
			}
		}
	})
}

func TestAStalledConnectionIsGivenUp(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		stop, _, _ := listen(t, l, "a")
		b.noted()
		stalled := make(chan struct{})
		b.set(func() { b.stalled = stalled })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := l.Listen(ctx, "b", protocol.NewID(), nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Listen ends with its context: %v after %v", err, time.Since(start))
		}
		start = time.Now()
		if _, err := l.Listen(context.Background(), "c", protocol.NewID(), nil); err == nil || time.Since(start) > 5*time.Second {
			t.Errorf("Listen ends by itself: %v after %v", err, time.Since(start))
		}
		b.set(func() { b.stalled = nil })
		close(stalled)
		again, _, _ := listen(t, l, "a")
		if got := b.noted(); !strings.Contains(got, "dial one") || len(b.on("a")) != 1 {
			t.Errorf("a connection that does not answer is given up for another: %s", got)
		}
		again()
		stop()
	})
}

func TestAClientThatIgnoresItsContext(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		b.deaf = make(chan struct{})
		start := time.Now()
		if _, err := l.Listen(context.Background(), "a", protocol.NewID(), nil); !errors.Is(err, emitter.ErrTimeout) || time.Since(start) != 5*time.Second {
			t.Errorf("Listen ends by itself: %v after %v", err, time.Since(start))
		}
		start = time.Now()
		l.Close()
		if time.Since(start) != time.Second {
			t.Errorf("Close waits a second for connections that do not answer: %v", time.Since(start))
		}
		close(b.deaf)
	})
}

// What Dial returns beside an error is left alone, also when the attempt is over by
// then: which of the two is seen first is a matter of chance.
func TestDialFailsAfterItsTime(t *testing.T) {
	for range 20 {
		run(t, func(t *testing.T, b *backend, l *answers.Listener) {
			b.deaf, b.down = make(chan struct{}), errors.New("down")
			go func() {
				time.Sleep(time.Minute)
				close(b.deaf)
			}()
			_, err := l.Listen(t.Context(), "a", protocol.NewID(), func(protocol.Response) {})
			if err == nil {
				t.Error("no error")
			}
			time.Sleep(2 * time.Minute)
		})
	}
}

func TestALossRestoresAllAtOnce(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		var stops []func()
		for i := range 20 {
			stop, _, _ := listen(t, l, fmt.Sprint(i))
			stops = append(stops, stop)
		}
		b.lose(errors.New("EOF"))
		synctest.Wait()
		for i, stop := range stops {
			if len(b.on(fmt.Sprint(i))) != 1 {
				t.Errorf("channel %d is not restored at once", i)
			}
			stop()
		}
	})
}

func TestALossWhileSubscribing(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		stop, got, id := listen(t, l, "a")
		lost := errors.New("EOF")
		b.refuse = func(string) error { b.refuse = nil; return lost }
		b.before = func() { b.before = nil; b.lose(lost) }
		b.noted()
		b.lose(lost)
		time.Sleep(time.Minute)
		if got := b.noted(); strings.Count(got, "subscribe a") != 1 || strings.Count(got, "dial") != 2 {
			t.Errorf("a loss while the loss before is mended is mended once: %s", got)
		}
		if b.publish("a", response(id)) != 1 || len(*got) != 1 {
			t.Error("a question that waits hears what comes after")
		}
		stop()
	})
}

func TestRedirectionsAreFollowed(t *testing.T) {
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		moved := errors.New("MOVED")
		left := 3
		b.refuse = func(string) error {
			if left--; left >= 0 {
				return moved
			}
			return nil
		}
		b.redirects = 3
		stop, _, _ := listen(t, l, "a")
		stop()
		left, b.redirects = 1000, 1000
		if _, err := l.Listen(t.Context(), "b", protocol.NewID(), nil); !errors.Is(err, moved) {
			t.Errorf("they come to an end: %v", err)
		}
		if n := 1000 - left; n > 20 {
			t.Errorf("after %d attempts", n)
		}
	})
}

func TestCloseEndsWhatWaits(t *testing.T) {
	for range 20 { // what ends first is by chance
		closeEndsWhatWaits(t)
	}
}

func closeEndsWhatWaits(t *testing.T) {
	t.Helper()
	run(t, func(t *testing.T, b *backend, l *answers.Listener) {
		stop, got, _ := listen(t, l, "a")
		b.set(func() { b.stalled = make(chan struct{}) })
		waiting := make(chan error, 1)
		go func() {
			_, err := l.Listen(context.Background(), "b", protocol.NewID(), func(protocol.Response) {})
			waiting <- err
		}()
		synctest.Wait()
		start := time.Now()
		l.Close()
		if err := <-waiting; !errors.Is(err, emitter.ErrClosed) || time.Since(start) > 0 {
			t.Errorf("a Listen that waits ends with ErrClosed at once: %v after %v", err, time.Since(start))
		}
		if len(*got) != 1 || (*got)[0].Kind != protocol.KindClosed {
			t.Errorf("a question that waits gets KindClosed: %v", *got)
		}
		if _, err := l.Listen(context.Background(), "a", protocol.NewID(), nil); !errors.Is(err, emitter.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		stop()
	})
}

func TestAFloodIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		b := newBackend()
		l := answers.New(b, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		stop, got, id := listen(t, l, "a")
		stop()
		data := response(id)
		for range 10_000 {
			b.publish("a", data)
			b.publish("a", data[:20])
		}
		l.Close()
		if len(*got) != 0 {
			t.Errorf("%d answers after stop", len(*got))
		}
		if n := strings.Count(log.String(), "answers dropped"); n != 28 || !strings.Contains(log.String(), "total=8192") {
			t.Errorf("the log counts, in %d lines:\n%s", n, log.String())
		}
	})
}
