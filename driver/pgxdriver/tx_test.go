package pgxdriver_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

// long is an argument that needs an attachment.
var long = strings.Repeat("x", 3000)

// mustHear checks that exactly these texts arrive, in their order: an event sent now
// comes behind them.
func mustHear(t *testing.T, io emitter.Emitter, got <-chan heard, want ...string) {
	t.Helper()
	if err := io.Emit(t.Context(), "last"); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for deadline := time.After(20 * time.Second); ; {
		select {
		case h := <-got:
			text := h.text(t)
			if text == `["last"]` {
				if fmt.Sprint(texts) != fmt.Sprint(want) {
					t.Fatalf("%.200q arrived, want %.200q", texts, want)
				}
				return
			}
			texts = append(texts, text)
		case <-deadline:
			t.Fatalf("only %.200q arrived within 20 s", texts)
		}
	}
}

// rowsWith counts the attachments that contain a text.
func rowsWith(t *testing.T, text string) string {
	t.Helper()
	return sharedServer(t).MustSQL(t, fmt.Sprintf(`select count(*) from socket_io_attachments where position(convert_to('%s', 'UTF8') in payload) > 0`, text))
}

func TestDeliveredWhenTheTransactionCommits(t *testing.T) {
	eachTx(t, func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter) {
		tx := begin()
		in := io.Via(tx.driver())
		mark := fmt.Sprint(time.Now().UnixNano())
		for _, text := range []string{"a", long + mark, "b"} {
			if err := in.Emit(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		mustHear(t, io, got)
		if err := tx.commit(); err != nil {
			t.Fatal(err)
		}
		mustHear(t, io, got, `["a"]`, `["`+long+mark+`"]`, `["b"]`)
		if n := rowsWith(t, mark); n != "1" {
			t.Errorf("%s rows, want 1", n)
		}
	})
}

func TestNothingRemainsOfWhatIsRolledBack(t *testing.T) {
	eachTx(t, func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter) {
		tx := begin()
		in := io.Via(tx.driver())
		mark := fmt.Sprint(time.Now().UnixNano())
		for _, text := range []string{"a", long + mark} {
			if err := in.Emit(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.rollback(); err != nil {
			t.Fatal(err)
		}
		mustHear(t, io, got)
		if n := rowsWith(t, mark); n != "0" {
			t.Errorf("%s rows, want none", n)
		}
	})
}

func TestSavepoints(t *testing.T) {
	eachTx(t, func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter) {
		tx := begin()
		in := io.Via(tx.driver())
		mark := fmt.Sprint(time.Now().UnixNano())
		emit := func(text string) {
			t.Helper()
			if err := in.Emit(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		emit("before")
		tx.exec(t, "savepoint s")
		emit("within")
		emit(long + mark)
		tx.exec(t, "rollback to savepoint s")
		emit("after")
		if err := tx.commit(); err != nil {
			t.Fatal(err)
		}
		mustHear(t, io, got, `["before"]`, `["after"]`)
		if n := rowsWith(t, mark); n != "0" {
			t.Errorf("%s rows, want none", n)
		}
	})
}

// pgx makes a savepoint of a transaction in a transaction.
func TestNestedTransaction(t *testing.T) {
	url := sharedServer(t).URL("", "")
	namespace := "/nested"
	got := listen(t, url, pgxdriver.Channel("socket.io", namespace, ""))
	pool := mustPool(t, url, nil)
	io := emitter.New(pgxdriver.New(pool)).Of(namespace)
	outer, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, keep := range []bool{true, false} {
		inner, err := outer.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := io.Via(pgxdriver.New(inner)).Emit(t.Context(), "kept", keep); err != nil {
			t.Fatal(err)
		}
		if keep {
			err = inner.Commit(t.Context())
		} else {
			err = inner.Rollback(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := outer.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustHear(t, io, got, `["kept",true]`)
}

func TestIdenticalEventsOfATransactionAllArrive(t *testing.T) {
	eachTx(t, func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter) {
		tx := begin()
		in := io.Via(tx.driver())
		for range 3 {
			if err := in.Emit(t.Context(), "same", 1); err != nil {
				t.Fatal(err)
			}
		}
		b := emitter.NewBatch(tx.driver())
		for range 2 {
			if err := io.Via(b).Emit(t.Context(), "same", 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tx.commit(); err != nil {
			t.Fatal(err)
		}
		mustHear(t, io, got, `["same",1]`, `["same",1]`, `["same",1]`, `["same",1]`, `["same",1]`)
	})
}

// Triggers that notify, and one that lets the commit fail.
func TestTriggers(t *testing.T) {
	s := sharedServer(t)
	s.MustSQL(t, `
create table triggered (id int, ok bool);
create function tell() returns trigger language plpgsql as $$ begin perform pg_notify('triggered', new.id::text); return new; end $$;
create function judge() returns trigger language plpgsql as $$ begin if not new.ok then raise exception 'judged'; end if; return null; end $$;
create trigger tell before insert on triggered for each row execute function tell();
create constraint trigger judge after insert on triggered deferrable initially deferred for each row execute function judge()`)
	eachTx(t, func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter) {
		told := listen(t, s.URL("", ""), "triggered")
		for _, ok := range []bool{false, true} {
			tx := begin()
			in := io.Via(tx.driver())
			if err := in.Emit(t.Context(), "before", ok); err != nil {
				t.Fatal(err)
			}
			tx.exec(t, fmt.Sprintf("insert into triggered values (7, %v)", ok))
			if err := in.Emit(t.Context(), "after", long); err != nil {
				t.Fatal(err)
			}
			if err := tx.commit(); (err == nil) != ok {
				t.Fatalf("commit: %v, want success: %v", err, ok)
			}
		}
		mustHear(t, io, got, `["before",true]`, `["after","`+long+`"]`)
		if h := <-told; h.payload != "7" || len(told) > 0 {
			t.Errorf("the trigger told %q, and %d more", h.payload, len(told))
		}
	})
}

func TestNothingIsAskedInATransaction(t *testing.T) {
	eachTx(t, func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter) {
		tx := begin()
		d := tx.driver(listenOn(sharedServer(t).URL("", "")))
		defer d.Close()
		in, ctx := io.Via(d), t.Context()
		strict := emitter.New(d, emitter.RequireServers())
		window := emitter.NewBatch(d, emitter.Window(0))
		if err := io.Via(window).Emit(ctx, "windowed"); err != nil {
			t.Fatal(err)
		}
		for name, ask := range map[string]func() error{
			"EmitWithAck":    func() error { _, err := in.EmitWithAck(ctx, "q"); return err },
			"Sockets":        func() error { _, err := in.Sockets(ctx); return err },
			"Rooms":          func() error { _, err := in.Rooms(ctx); return err },
			"Servers":        func() error { _, err := in.Servers(ctx); return err },
			"Sync":           func() error { return in.Sync(ctx) },
			"RequireServers": func() error { return strict.Emit(ctx, "e") },
			"a window":       func() error { return window.Flush(ctx) },
		} {
			start := time.Now()
			err := ask()
			if !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) && name != "a window" || !strings.Contains(err.Error(), "committed") {
				t.Errorf("%s: %v, want ErrUnsupported with the reason", name, err)
			}
			if took := time.Since(start); took > 500*time.Millisecond {
				t.Errorf("%s: it took %v to say so", name, took)
			}
		}
		// A socket's server is asked for before it joins.
		err := in.ToSocket("AAAAAAAAAAAAAAAA").Join(ctx, "room")
		if !errors.Is(err, emitter.ErrSelection) || !strings.Contains(err.Error(), "ToServer") {
			t.Errorf("Join of a socket without a server: %v, want ErrSelection", err)
		}
		if err := in.Emit(ctx, "goes on"); err != nil {
			t.Error(err)
		}
		if err := tx.commit(); err != nil {
			t.Error(err)
		}
		mustHear(t, io, got, `["goes on"]`)
	})
}

func TestAnEndedTransactionSaysSo(t *testing.T) {
	eachTx(t, func(t *testing.T, begin func() transaction, got <-chan heard, io emitter.Emitter) {
		tx := begin()
		d := tx.driver()
		switch tx.(type) {
		case pgxTx, sqlTx:
			if err := tx.commit(); err != nil {
				t.Fatal(err)
			}
			if err := io.Via(d).Emit(t.Context(), "late"); err == nil || !emitter.SafeToRetry(err) {
				t.Errorf("after the commit: %v, want an error that is safe to retry", err)
			}
			tx = begin()
			d = tx.driver()
		}
		// An error of somebody else's aborts it.
		switch tx := tx.(type) {
		case pgxTx:
			_, _ = tx.Exec(t.Context(), "nonsense")
		case sqlTx:
			_, _ = tx.ExecContext(t.Context(), "nonsense")
		case handTx:
			_, _ = tx.Exec(t.Context(), "nonsense")
		case sqlHandTx:
			_, _ = tx.ExecContext(t.Context(), "nonsense")
		}
		err := io.Via(d).Emit(t.Context(), "aborted")
		if err == nil || !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "roll it back") {
			t.Errorf("in an aborted transaction: %v, want an error that says to roll it back", err)
		}
		_ = tx.rollback()
		mustHear(t, io, got)
	})
}
