package answers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

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
