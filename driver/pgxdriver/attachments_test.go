package pgxdriver_test

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// sized returns a request whose payload has so many bytes where it is inline.
func sized(t *testing.T, namespace string, size int) *protocol.Request {
	t.Helper()
	req := &protocol.Request{
		Prefix: "socket.io", Namespace: namespace, Node: protocol.NewNodeID(), ID: protocol.NewID(),
		Packet: protocol.Packet{Namespace: namespace, Type: protocol.Event},
		Opts:   protocol.Opts{Flags: protocol.FlagBroadcast, Rooms: []string{"room"}},
	}
	empty := len(`{"Request":{"node_id":"","payload":}}`) + protocol.IDLen + len(req.AppendJSON(nil))
	for range 3 { // an integer and its comma are four characters, but the last has none
		req.Opts.Rooms[0] += "r"
		empty++
		if left := size - empty + 1; left%4 == 0 {
			req.Packet.Data.Data = bytes.Repeat([]byte("x"), left/4)
			return req
		}
	}
	req.Opts.Rooms[0] += "r"
	req.Packet.Data.Data = bytes.Repeat([]byte("x"), (size-empty)/4)
	return req
}

func TestEverySizeAroundTheLimitArrives(t *testing.T) {
	url := sharedServer(t).URL("", "")
	const namespace = "/sizes"
	got := listen(t, url, pgxdriver.Channel("socket.io", namespace, ""))
	pool := pgxdriver.New(mustPool(t, url, nil))
	database := pgxdriver.NewSQL(mustSQL(t, url))
	for name, send := range map[string]func(*protocol.Request) error{
		"Send": func(req *protocol.Request) error { _, err := pool.Send(t.Context(), req); return err },
		"SendAll": func(req *protocol.Request) error {
			return pool.SendAll(t.Context(), []*protocol.Request{req}, make([]int, 1), make([]error, 1))
		},
		"Send of database/sql": func(req *protocol.Request) error { _, err := database.Send(t.Context(), req); return err },
		"SendAll of database/sql": func(req *protocol.Request) error {
			return database.SendAll(t.Context(), []*protocol.Request{req}, make([]int, 1), make([]error, 1))
		},
	} {
		for size := 7990; size <= 8010; size++ {
			req := sized(t, namespace, size)
			if err := send(req); err != nil {
				t.Fatalf("%s, %d bytes: %v", name, size, err)
			}
			h := <-got
			if want := req.AppendMsgpack(nil); !bytes.Equal(h.request(t), want) {
				t.Errorf("%s, %d bytes: another request arrived: %.200q", name, size, h.payload)
			}
			if inline := h.body == nil; inline != (size <= 7999) {
				t.Errorf("%s, %d bytes: inline is %v", name, size, inline)
			}
			if h.body == nil && len(h.payload) != size {
				t.Errorf("%s: the payload has %d bytes, not %d", name, len(h.payload), size)
			}
		}
	}
}

func TestOrderOfInlineAndAttached(t *testing.T) {
	url := sharedServer(t).URL("", "")
	pool := mustPool(t, url, nil)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	io := emitter.New(pgxdriver.New(pool)).Of("/mixed")
	got := listen(t, url, pgxdriver.Channel("socket.io", "/mixed", ""))
	batch := emitter.NewBatch(pgxdriver.New(pool))
	batchSQL := emitter.NewBatch(pgxdriver.NewSQL(mustSQL(t, url)))
	for name, way := range map[string]struct {
		driver emitter.Driver
		flush  func() error
	}{
		"one by one":            {pgxdriver.New(pool), func() error { return nil }},
		"batch":                 {batch, func() error { return batch.Flush(t.Context()) }},
		"batch of database/sql": {batchSQL, func() error { return batchSQL.Flush(t.Context()) }},
		"transaction":           {pgxdriver.New(tx), func() error { return tx.Commit(t.Context()) }},
	} {
		var want []string
		for i := range 300 {
			text := fmt.Sprint(i, ` "\{},'`)
			if i%3 == 1 {
				text += strings.Repeat("x", 2000+i)
			}
			want = append(want, fmt.Sprintf(`[%s]`, strconv.Quote(text)))
			if err := io.Via(way.driver).Emit(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := way.flush(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		mustHear(t, io, got, want...)
	}
}

// age is how many seconds old the newest row is; of the future, where it is negative.
func age(t *testing.T) float64 {
	t.Helper()
	text := sharedServer(t).MustSQL(t, `select extract(epoch from clock_timestamp() - created_at) from socket_io_attachments order by id desc limit 1`)
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seconds
}

func TestAttachmentsOfATransactionAreDatedAhead(t *testing.T) {
	eachTx(t, func(t *testing.T, begin func() transaction, _ <-chan heard, io emitter.Emitter) {
		for _, c := range []struct {
			opts  []pgxdriver.Option
			grace float64
		}{
			{nil, 600},
			{[]pgxdriver.Option{pgxdriver.AttachmentGrace(time.Hour)}, 3600},
			{[]pgxdriver.Option{pgxdriver.AttachmentGrace(0)}, 0},
		} {
			tx := begin()
			if err := io.Via(tx.driver(c.opts...)).Emit(t.Context(), long); err != nil {
				t.Fatal(err)
			}
			if err := tx.commit(); err != nil {
				t.Fatal(err)
			}
			if a := age(t) + c.grace; a < 0 || a > 60 {
				t.Errorf("with a grace of %v s the row is %v s old", c.grace, a-c.grace)
			}
		}
		if err := io.Emit(t.Context(), long); err != nil {
			t.Fatal(err)
		}
		if a := age(t); a < 0 || a > 60 {
			t.Errorf("without a transaction the row is %v s old", a)
		}
	})
}

// A transaction that stays open for longer than the servers' clean-up interval keeps
// its row; the statement is theirs (socketioxide-postgres 0.2.0, src/drivers/sqlx.rs:
// cleanup_attachments).
func TestCleanUpSparesTheRowsOfALongTransaction(t *testing.T) {
	s := sharedServer(t)
	const cleanUp = `delete from "socket_io_attachments" where created_at < now() - interval '50 milliseconds'`
	eachTx(t, func(t *testing.T, begin func() transaction, _ <-chan heard, io emitter.Emitter) {
		for _, spared := range []bool{true, false} {
			mark := fmt.Sprint("clean up ", time.Now().UnixNano())
			var opts []pgxdriver.Option
			if !spared {
				opts = append(opts, pgxdriver.AttachmentGrace(0))
			}
			tx := begin()
			if err := io.Via(tx.driver(opts...)).Emit(t.Context(), long, mark); err != nil {
				t.Fatal(err)
			}
			tx.exec(t, "select pg_sleep(0.1)")
			if err := tx.commit(); err != nil {
				t.Fatal(err)
			}
			s.MustSQL(t, cleanUp)
			if n := rowsWith(t, mark); (n == "1") != spared {
				t.Errorf("%s rows are left, spared should be %v", n, spared)
			}
		}
	})
}

func TestAnotherTable(t *testing.T) {
	s := sharedServer(t)
	for _, name := range []string{"attachments 'of' é", "Some.Table", strings.Repeat("t", 63)} {
		s.MustSQL(t, createTable(name))
		d := pgxdriver.New(mustPool(t, s.URL("", ""), nil), pgxdriver.Table(name))
		if err := emitter.New(d).Emit(t.Context(), long); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := s.MustSQL(t, fmt.Sprintf("select count(*) from %s", pgx.Identifier{name}.Sanitize())); n != "1" {
			t.Errorf("%s has %s rows", name, n)
		}
	}
}
