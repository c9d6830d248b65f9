package pgxdriver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

// terminate ends all sessions of the role, as an administrator does, and waits for
// their end.
func terminate(t *testing.T, s *pgtest.Server, role string) {
	t.Helper()
	s.MustSQL(t, fmt.Sprintf(`select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity where usename = '%s'`, role))
}

func TestSessionsThatAreTerminated(t *testing.T) {
	s := sharedServer(t)
	s.MustSQL(t, `create role mortal login; grant all on socket_io_attachments to mortal; grant usage on sequence socket_io_attachments_id_seq to mortal`)
	play(t, s.URL("", ""), "/mortal", 2)
	log := new(lockedLog)
	d := newDriver(t, s.URL("mortal", ""), pgxdriver.WithLogger(log.logger()))
	io := emitter.New(d).Of("/mortal")
	for round := range 3 {
		// Right after, the pool and the connection that listens are dead, and nobody knows yet.
		if servers, err := io.Servers(t.Context()); err != nil || len(servers) != 2 {
			t.Fatalf("round %d: %v, %v", round, servers, err)
		}
		if err := io.Emit(t.Context(), "event", long); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		terminate(t, s, "mortal")
	}
	acks, err := io.EmitWithAck(t.Context(), "q")
	if err != nil {
		t.Fatal(err)
	}
	for range acks.All() {
	}
	if acks.Received() != 4 {
		t.Errorf("%d acks, want 4", acks.Received())
	}
	for _, part := range []string{"level=WARN", "subscription lost", "subscription restored"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %q: %s", part, log)
		}
	}
}

// Events sent while sessions are terminated arrive once, or the error says whether
// they may have.
func TestTerminatedUnderLoad(t *testing.T) {
	s := sharedServer(t)
	s.MustSQL(t, `create role loaded login; grant all on socket_io_attachments to loaded; grant usage on sequence socket_io_attachments_id_seq to loaded`)
	got := listen(t, s.URL("", ""), pgxdriver.Channel("socket.io", "/loaded", ""))
	io := emitter.New(newDriver(t, s.URL("loaded", ""))).Of("/loaded")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	results := make(map[string]error)
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				text := fmt.Sprintf("%d-%d", w, i)
				err := io.Emit(t.Context(), text)
				mu.Lock()
				results[`["`+text+`"]`] = err
				mu.Unlock()
			}
		})
	}
	for range 20 {
		terminate(t, s, "loaded")
	}
	cancel()
	wg.Wait()
	if err := emitter.New(newDriver(t, s.URL("", ""))).Of("/loaded").Emit(t.Context(), "last"); err != nil {
		t.Fatal(err)
	}
	arrived := make(map[string]int)
	for h := range got {
		text := h.text(t)
		if text == `["last"]` {
			break
		}
		arrived[text]++
	}
	for text, err := range results {
		switch n := arrived[text]; {
		case n > 1:
			t.Errorf("%s arrived %d times", text, n)
		case n == 0 && err == nil:
			t.Errorf("%s did not arrive", text)
		case n == 1 && err != nil && emitter.SafeToRetry(err):
			t.Errorf("%s arrived, and its error is marked by NotSent: %v", text, err)
		}
	}
}

func TestRestart(t *testing.T) {
	s := pgtest.Start(t)
	s.MustSQL(t, createTable(pgxdriver.DefaultTable))
	log := new(lockedLog)
	d := newDriver(t, s.URL("", ""), pgxdriver.WithLogger(log.logger()))
	io := emitter.New(d)
	if err := io.Emit(t.Context(), "before"); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	err := io.Emit(t.Context(), "down")
	if err == nil {
		t.Fatal("without a server, nothing is sent")
	}
	if err := io.Emit(t.Context(), "down"); !emitter.SafeToRetry(err) {
		t.Errorf("where nobody is to be reached, nothing was sent: %v", err)
	}
	if _, err := io.Servers(t.Context()); err == nil || !emitter.SafeToRetry(err) {
		t.Errorf("without a server: %v", err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := io.Emit(t.Context(), "after"); err != nil {
		t.Error(err)
	}
	play(t, s.URL("", ""), "/", 1)
	if servers, err := io.Servers(t.Context()); err != nil || len(servers) != 1 {
		t.Errorf("%v, %v", servers, err)
	}
}

func TestTheTableIsMissing(t *testing.T) {
	s := sharedServer(t)
	url := s.URL("", "")
	got := listen(t, url, pgxdriver.Channel("socket.io", "/missing", ""))
	d := newDriver(t, url, pgxdriver.Table("missing"))
	io := emitter.New(d).Of("/missing")
	mustSay := func(err error) {
		t.Helper()
		var batch *emitter.BatchError
		if err == nil || !emitter.SafeToRetry(err) && !errors.As(err, &batch) || !strings.Contains(err.Error(), `"missing"`) ||
			!strings.Contains(err.Error(), "each server creates the table") {
			t.Errorf("%v, want an error that says what creates the table", err)
		}
	}
	mustSay(io.Emit(t.Context(), long))
	if err := io.Emit(t.Context(), "inline"); err != nil {
		t.Error(err)
	}
	// Concurrent calls share statements, but not each other's errors.
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 5 {
				if i%2 == 0 {
					mustSay(io.Emit(t.Context(), long))
				} else if err := io.Emit(t.Context(), "inline"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	mustHear(t, io, got, slicesRepeat(`["inline"]`, 1+32*5)...)
	b := emitter.NewBatch(d)
	for _, text := range []string{"a", long, "b"} {
		if err := io.Via(b).Emit(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	mustSay(b.Flush(t.Context()))
	mustHear(t, io, got)
	s.MustSQL(t, createTable("missing"))
	if err := b.Flush(t.Context()); err != nil {
		t.Errorf("a batch that failed can be flushed again: %v", err)
	}
	s.MustSQL(t, "drop table missing")
	mustSay(io.Emit(t.Context(), long))
	s.MustSQL(t, createTable("missing"))
	if err := io.Emit(t.Context(), long); err != nil {
		t.Errorf("once the table is there again: %v", err)
	}
	// In a transaction it says that the transaction is aborted.
	eachTx(t, func(t *testing.T, begin func() transaction, _ <-chan heard, io emitter.Emitter) {
		tx := begin()
		err := io.Via(tx.driver(pgxdriver.Table("nowhere"))).Emit(t.Context(), long)
		if err == nil || !strings.Contains(err.Error(), "the transaction is aborted") || !strings.Contains(err.Error(), "each server creates") {
			t.Errorf("%v", err)
		}
		_ = tx.rollback()
	})
}

func slicesRepeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestRights(t *testing.T) {
	s := sharedServer(t)
	s.MustSQL(t, `create role least login; create role bare login;
grant insert, select (id) on socket_io_attachments to least;
grant usage on sequence socket_io_attachments_id_seq to least`)
	least, bare := newDriver(t, s.URL("least", "")), newDriver(t, s.URL("bare", ""))
	for name, d := range map[string]*pgxdriver.Driver{"least": least, "bare": bare} {
		if err := emitter.New(d).Emit(t.Context(), "inline"); err != nil {
			t.Errorf("%s: inline: %v", name, err)
		}
	}
	send := func(d emitter.Driver) error {
		b := emitter.NewBatch(d)
		io := emitter.New(b)
		if err := errors.Join(io.Emit(t.Context(), "a"), io.Emit(t.Context(), long)); err != nil {
			return err
		}
		return errors.Join(emitter.New(d).Emit(t.Context(), long), b.Flush(t.Context()))
	}
	if err := send(least); err != nil {
		t.Errorf("with the least rights: %v", err)
	}
	err := send(bare)
	for _, part := range []string{"permission denied", `grant insert, select (id) on "socket_io_attachments"`, `usage on sequence "socket_io_attachments_id_seq"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("without rights: %v, want it to say %s", err, part)
		}
	}
}

func TestOneBadRequestKeepsTheBatchFromBeingSent(t *testing.T) {
	url := sharedServer(t).URL("", "")
	got := listen(t, url, pgxdriver.Channel("socket.io", "/bad", ""))
	d := newDriver(t, url)
	io := emitter.New(d).Of("/bad")
	reqs := requests(t, "/bad", 5)
	reqs[3].Opts.Rooms = []string{"\xff"}
	servers, errs := make([]int, 5), make([]error, 5)
	err := d.SendAll(t.Context(), reqs, servers, errs)
	if !errors.Is(err, errs[0]) {
		t.Errorf("%v, want the first of errs", err)
	}
	for i, err := range errs {
		if err == nil || !emitter.SafeToRetry(err) || (i == 3) != !strings.Contains(err.Error(), "request 3") || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("errs[%d] = %v", i, err)
		}
	}
	mustHear(t, io, got)
}

func TestServersOnlyRequestsAreRefused(t *testing.T) {
	url := sharedServer(t).URL("", "")
	d := newDriver(t, url)
	for _, typ := range []uint8{7, 20, 21, 255} {
		req := requests(t, "/", 1)[0]
		req.Type = typeOf(typ)
		if _, err := d.Send(t.Context(), req); !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) {
			t.Errorf("type %d: %v, want ErrUnsupported", typ, err)
		}
	}
	malformed := requests(t, "/", 1)[0]
	malformed.Raw = []byte{0x96}
	if _, err := d.Send(t.Context(), malformed); err == nil || !emitter.SafeToRetry(err) {
		t.Errorf("a malformed Raw: %v", err)
	}
}

func TestStandby(t *testing.T) {
	s := sharedServer(t)
	d := newDriver(t, s.URL("", "")+"&default_transaction_read_only=on")
	err := emitter.New(d).Emit(t.Context(), long)
	if err == nil || !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "primary") {
		t.Errorf("where nothing may be written: %v", err)
	}
}

func TestTimeoutWhileTheServerIsLocked(t *testing.T) {
	s := sharedServer(t)
	blocker := mustConnect(t, s.URL("", ""))
	if _, err := blocker.Exec(t.Context(), "begin; lock table socket_io_attachments"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := emitter.New(newDriver(t, s.URL("", ""))).Emit(ctx, long)
	if !errors.Is(err, context.DeadlineExceeded) || emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "may have been sent") {
		t.Errorf("%v", err)
	}
}
