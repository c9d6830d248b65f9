package pgsource_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/pgsource"
)

func limit(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// open makes a source that ends with the test.
func (p *place) open(t testing.TB, opts ...pgsource.Option) *pgsource.Source {
	t.Helper()
	s := pgsource.New(p.pool, append([]pgsource.Option{pgsource.Table(p.name)}, opts...)...)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func fetch(t testing.TB, s relay.Source) []string {
	t.Helper()
	return data(mustFetch(t, s))
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

// A transaction that commits late has a lower id than what was settled meanwhile.
func TestLateCommit(t *testing.T) {
	p := newPlace(t)
	s := p.open(t)
	tx, err := p.pool.Begin(limit(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(limit(t), `insert into `+p.inSQL("")+` (key, data) values ('a', 'late')`); err != nil {
		t.Fatal(err)
	}
	p.put(t, "a", "1", "2")
	got := mustFetch(t, s)
	if !slices.Equal(data(got), []string{"1", "2"}) {
		t.Fatalf("%q came before the commit", data(got))
	}
	if err := s.Settle(limit(t), []relay.Outcome{{Message: got[0]}}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(limit(t)); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, s); !slices.Equal(got, []string{"late"}) {
		t.Errorf("%q came after the commit, with a message of a higher id out; want \"late\"", got)
	}
	if err := s.Release(limit(t)); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, s); !slices.Equal(got, []string{"late", "2"}) {
		t.Errorf("%q came after Release, want the order of the ids", got)
	}
}

// It is the notification that wakes: the next look would be in an hour.
func TestNotified(t *testing.T) {
	p := newPlace(t)
	s := p.open(t, pgsource.Poll(time.Hour))
	none(t, s, 300*time.Millisecond)
	came := make(chan []string, 1)
	go func() {
		got, _ := s.Fetch(limit(t), 10, 1<<20)
		came <- data(got)
	}()
	p.put(t, "a", "1")
	if got := <-came; !slices.Equal(got, []string{"1"}) {
		t.Errorf("%q came", got)
	}
}

func TestPollWithoutTrigger(t *testing.T) {
	p := newPlace(t)
	p.exec(t, `drop trigger sioxide_notify on `+p.inSQL(""))
	s := p.open(t, pgsource.Poll(50*time.Millisecond))
	none(t, s, 200*time.Millisecond)
	came := make(chan []string, 1)
	go func() {
		got, _ := s.Fetch(limit(t), 10, 1<<20)
		came <- data(got)
	}()
	p.put(t, "a", "1")
	if got := <-came; !slices.Equal(got, []string{"1"}) {
		t.Errorf("%q came", got)
	}
}

// shares returns how many buckets each session holds.
func (p *place) shares(t testing.TB) []int {
	t.Helper()
	rows, err := p.pool.Query(limit(t), `select count(*) filter (where objid < 16)::int8 as n from pg_locks
where locktype = 'advisory' and classid = $1::text::regclass::oid group by pid order by n`, p.inSQL(""))
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Relays that do nothing but wait share the buckets, and take over those of one that is
// gone without a word.
func TestShare(t *testing.T) {
	p := newPlace(t)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	work := func() {
		s := p.open(t)
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.Fetch(ctx, 10, 1<<20); err != nil && ctx.Err() == nil {
					t.Logf("Fetch: %v", err)
					return // it is dead
				}
			}
		})
	}
	work()
	eventually(t, "one has all", func() bool { return slices.Equal(p.shares(t), []int{16}) })
	work()
	eventually(t, "two have half each", func() bool { return slices.Equal(p.shares(t), []int{8, 8}) })
	work()
	eventually(t, "three share", func() bool { return slices.Equal(p.shares(t), []int{4, 6, 6}) })
	p.exec(t, `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1::text::regclass::oid and objid = 16 limit 1`, p.inSQL(""))
	eventually(t, "two have half each again", func() bool { return slices.Equal(p.shares(t), []int{8, 8}) })
}

// Performing may take longer than the lease.
func TestLongWork(t *testing.T) {
	p := newPlace(t)
	p.put(t, "a", "1", "2")
	s := p.open(t, pgsource.Lease(time.Second))
	got := mustFetch(t, s)
	none(t, p.open(t), 3*time.Second)
	if err := s.Settle(limit(t), []relay.Outcome{{Message: got[0]}, {Message: got[1]}}); err != nil {
		t.Fatal(err)
	}
	if n, _, err := s.Lag(limit(t)); n != 0 || err != nil {
		t.Errorf("%d rows are left, %v", n, err)
	}
}

func TestReasonOfAnyBytes(t *testing.T) {
	p := newPlace(t)
	p.put(t, "a", "1")
	s := p.open(t)
	if err := s.Settle(limit(t), []relay.Outcome{{Message: mustFetch(t, s)[0], Reason: "a\x00b\xff"}}); err != nil {
		t.Fatal(err)
	}
	if got := p.dead(t); len(got) != 1 || got[0].Reason != "a\ufffdb\ufffd" {
		t.Errorf("the dead letters are %q", got)
	}
}

// A table that was dropped and made again is another one, with locks of its own.
func TestReplacedTable(t *testing.T) {
	p := newPlace(t)
	s := p.open(t)
	none(t, s, 100*time.Millisecond)
	p.exec(t, `drop table `+p.inSQL("")+`, `+p.inSQL("_dead")+`; drop function `+p.inSQL("_notify"))
	eventually(t, "the source says so", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err := s.Fetch(ctx, 10, 1<<20)
		return err != nil && strings.Contains(err.Error(), "CreateTable")
	})
	if err := pgsource.CreateTable(limit(t), p.pool, p.name); err != nil {
		t.Fatal(err)
	}
	p.put(t, "a", "1")
	if got := fetch(t, s); !slices.Equal(got, []string{"1"}) {
		t.Errorf("%q came from the new table", got)
	}
}

func TestCreateTable(t *testing.T) {
	p := newPlace(t)
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() { errs <- pgsource.CreateTable(limit(t), p.pool, p.name+"together") }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Errorf("of several at once: %v", err)
		}
	}
	p.put(t, "a", "1")
	if err := pgsource.CreateTable(limit(t), p.pool, p.name); err != nil {
		t.Errorf("again: %v", err)
	}
	if n, _, err := p.open(t).Lag(limit(t)); n != 1 || err != nil {
		t.Errorf("then %d rows are there, %v", n, err)
	}
	for _, name := range []string{"", "a.b.c", "x\x00", strings.Repeat("n", 51), "no such schema.t"} {
		if err := pgsource.CreateTable(limit(t), p.pool, name); err == nil {
			t.Errorf("table %q was created", name)
		}
	}
}

func TestRefuses(t *testing.T) {
	p := newPlace(t)
	for want, s := range map[string]*pgsource.Source{
		"CreateTable":               pgsource.New(p.pool, pgsource.Table("nowhere")),
		"Lease of 1ms":              pgsource.New(p.pool, pgsource.Lease(time.Millisecond)),
		"Poll of 0s":                pgsource.New(p.pool, pgsource.Poll(0)),
		"NAME nor":                  pgsource.New(p.pool, pgsource.Table("a.b.c")),
		emitter.ErrNoDriver.Error(): pgsource.New(nil),
	} {
		_, err := s.Fetch(limit(t), 1, 1)
		_, _, lag := s.Lag(limit(t))
		for _, err := range []error{err, lag} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "pgsource: ") {
				t.Errorf("%v, want %q in it", err, want)
			}
		}
		if err := s.Close(limit(t)); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}
