package redissource_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/redissource"
)

func limit(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// open makes a source that ends with the test.
func (p *place) open(t testing.TB, c redis.UniversalClient) *redissource.Source {
	t.Helper()
	s := p.source(c)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

func mustFetch(t testing.TB, s relay.Source) []relay.Message {
	t.Helper()
	got, err := s.Fetch(limit(t), 100, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func data(messages []relay.Message) []string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = string(m.Data)
	}
	return list
}

// none checks that nothing comes for so long.
func none(t testing.TB, s relay.Source, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if got, err := s.Fetch(ctx, 100, 1<<20); len(got) > 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q, %v; want nothing until the context's end", data(got), err)
	}
}

// eventually waits for a fact.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for ctx := limit(t); !is(); {
		select {
		case <-ctx.Done():
			t.Fatalf("it does not come true that %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func mustSettle(t testing.TB, s relay.Source, reason string, messages ...relay.Message) {
	t.Helper()
	var list []relay.Outcome
	for _, m := range messages {
		list = append(list, relay.Outcome{Message: m, Reason: reason})
	}
	if err := s.Settle(limit(t), list); err != nil {
		t.Fatal(err)
	}
}

// shares returns how many streams each relay holds, by the tokens in the leases.
func (p *place) shares(t testing.TB) []int {
	t.Helper()
	count := make(map[string]int)
	for n := range p.partitions {
		token, err := p.client.Get(limit(t), outbox.StreamSibling(outbox.Stream(p.name, p.partitions, n), "lease")).Result()
		if err == nil {
			count[token]++
		}
	}
	var list []int
	for _, n := range count {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

func TestShare(t *testing.T) {
	p := newPlace(t, 5, redistest.Start(t).Addr)
	var wg sync.WaitGroup
	defer wg.Wait()
	work := func() (stop func()) {
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		s := p.source(p.client)
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.Fetch(ctx, 10, 1<<20); err != nil && ctx.Err() == nil {
					t.Errorf("Fetch: %v", err)
				}
			}
			if err := s.Close(context.Background()); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		return cancel
	}
	first := work()
	eventually(t, "one has all", func() bool { return slices.Equal(p.shares(t), []int{5}) })
	second := work()
	eventually(t, "two share", func() bool { return slices.Equal(p.shares(t), []int{2, 3}) })
	first()
	eventually(t, "the other has all", func() bool { return slices.Equal(p.shares(t), []int{5}) })
	second()
	eventually(t, "nobody has one", func() bool { return len(p.shares(t)) == 0 })
}

// The reply of a script is lost, and the client asks again: nothing is passed over.
func TestLostReply(t *testing.T) {
	server := redistest.Start(t)
	p := newPlace(t, 1, server.Addr)
	proxy := netproxy.New(t, server.Addr, func(sent []byte) bool { return bytes.Contains(sent, []byte("evalsha")) })
	s := p.open(t, newClient(t, &redis.UniversalOptions{Addrs: []string{proxy.Addr}}))
	p.put(t, "a", "1", "2", "3")
	got, err := s.Fetch(limit(t), 1, 1<<20)
	if err != nil || len(got) != 1 {
		t.Fatalf("%q, %v", data(got), err)
	}
	proxy.CutNext()
	if got = append(got, mustFetch(t, s)...); !slices.Equal(data(got), []string{"1", "2", "3"}) || proxy.Cuts() != 1 {
		t.Fatalf("%q came, after %d cuts", data(got), proxy.Cuts())
	}
	proxy.CutNext()
	mustSettle(t, s, "bad", got...)
	if dead := p.dead(t); len(dead) != 3 || proxy.Cuts() != 2 {
		t.Errorf("after %d cuts the dead letters are %q", proxy.Cuts(), dead)
	}
}

// Performing may take longer than the lease.
func TestLongWork(t *testing.T) {
	p := newPlace(t, 1, redistest.Start(t).Addr)
	p.put(t, "a", "1")
	s := p.open(t, p.client)
	got := mustFetch(t, s)
	none(t, p.open(t, p.client), 2*lease)
	mustSettle(t, s, "", got...)
	if n, _, err := s.Lag(limit(t)); n != 0 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
}

func TestGroupAndEntriesDeleted(t *testing.T) {
	p := newPlace(t, 1, redistest.Start(t).Addr)
	p.put(t, "a", "1", "2", "3")
	s := p.open(t, p.client)
	got := mustFetch(t, s)
	id := got[1].ID[strings.LastIndexByte(got[1].ID, '/')+1:]
	if err := p.client.XDel(limit(t), p.name, id).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(limit(t)); err != nil {
		t.Fatal(err)
	}
	if got = mustFetch(t, s); !slices.Equal(data(got), []string{"1", "3"}) {
		t.Errorf("%q came, of which the second was deleted", data(got))
	}
	mustSettle(t, s, "", got...)
	if err := p.client.XGroupDestroy(limit(t), p.name, "sioxide").Err(); err != nil {
		t.Fatal(err)
	}
	p.put(t, "a", "4")
	if got = mustFetch(t, s); !slices.Equal(data(got), []string{"4"}) {
		t.Errorf("%q came when the group was gone", data(got))
	}
}

// Redis comes back with nothing: what it had is lost, and the source goes on.
func TestRestartWithoutPersistence(t *testing.T) {
	server := redistest.Start(t)
	p := newPlace(t, 1, server.Addr)
	s := p.open(t, p.client)
	p.put(t, "a", "1")
	mustFetch(t, s)
	server.Kill()
	server.Restart(t)
	p.put(t, "a", "2")
	var got []relay.Message
	eventually(t, "a message comes", func() bool {
		got, _ = s.Fetch(limit(t), 10, 1<<20)
		return len(got) > 0
	})
	if !slices.Equal(data(got), []string{"2"}) {
		t.Errorf("%q came", data(got))
	}
	mustSettle(t, s, "", got...)
	none(t, s, 100*time.Millisecond)
}

// A foreign entry has no fields that are known; it blocks nothing.
func TestForeignEntry(t *testing.T) {
	p := newPlace(t, 1, redistest.Start(t).Addr)
	if err := p.client.XAdd(limit(t), &redis.XAddArgs{Stream: p.name, Values: []any{"x", "y"}}).Err(); err != nil {
		t.Fatal(err)
	}
	p.put(t, "a", "1")
	if got := mustFetch(t, p.open(t, p.client)); len(got) != 2 || got[0].Key != "" || len(got[0].Data) != 0 || got[0].ID == "" {
		t.Errorf("%q came", got)
	}
}

// The master that Sentinel names.
func TestSentinel(t *testing.T) {
	server := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, "main", server)
	p := newPlace(t, 2, server.Addr)
	p.put(t, "a", "1")
	s := p.open(t, newClient(t, &redis.UniversalOptions{Addrs: []string{sentinel.Addr}, MasterName: "main"}))
	got := mustFetch(t, s)
	if !slices.Equal(data(got), []string{"1"}) {
		t.Errorf("%q came", data(got))
	}
	mustSettle(t, s, "", got...)
}

func TestRefuses(t *testing.T) {
	p := newPlace(t, 1, redistest.Start(t).Addr)
	if err := p.client.Set(limit(t), "text", "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	ring := redis.NewRing(&redis.RingOptions{})
	t.Cleanup(func() { _ = ring.Close() })
	for want, s := range map[string]*redissource.Source{
		"another kind":                 redissource.New(p.client, redissource.Stream("text")),
		"Lease of 1ms":                 redissource.New(p.client, redissource.Lease(time.Millisecond)),
		"Partitions of 0":              redissource.New(p.client, redissource.Partitions(0)),
		"the stream is empty":          redissource.New(p.client, redissource.Stream("")),
		emitter.ErrNoDriver.Error():    redissource.New(nil),
		emitter.ErrUnsupported.Error(): redissource.New(ring),
	} {
		_, err := s.Fetch(limit(t), 1, 1)
		_, _, lag := s.Lag(limit(t))
		for _, err := range []error{err, lag} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "redissource: ") {
				t.Errorf("%v, want %q in it", err, want)
			}
		}
		if err := s.Close(limit(t)); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

// One that has lost its lease and does not know it yet does nothing to the stream.
func TestFence(t *testing.T) {
	p := newPlace(t, 1, redistest.Start(t).Addr)
	leaseKey := outbox.StreamSibling(p.name, "lease")
	for _, settle := range []bool{true, false} {
		s := p.open(t, p.client)
		p.put(t, "a", "1")
		got := mustFetch(t, s)
		if err := p.client.Set(limit(t), leaseKey, "another", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		if settle {
			mustSettle(t, s, "bad", got...)
			if n, _, err := s.Lag(limit(t)); n != 1 || len(p.dead(t)) > 0 {
				t.Errorf("the one without a lease settled: %d are left, %v", n, err)
			}
		} else {
			p.put(t, "a", "2")
			none(t, s, 50*time.Millisecond)
			if pending := p.client.XPending(limit(t), p.name, "sioxide").Val(); pending.Count != int64(len(got)) {
				t.Errorf("the one without a lease has the group think that %d are out", pending.Count)
			}
		}
		if err := s.Close(limit(t)); err != nil {
			t.Error(err)
		}
		if token := p.client.Get(limit(t), leaseKey).Val(); token != "another" {
			t.Errorf("the lease is now %q's", token)
		}
		if err := p.client.Del(limit(t), leaseKey).Err(); err != nil {
			t.Fatal(err)
		}
	}
}
