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
