package pgxdriver_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// shared is the PostgreSQL of all tests that do not harm theirs.
var shared struct {
	once   sync.Once
	server *pgtest.Server
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// sharedServer returns the server of all tests, with the table that socketioxide's
// servers make.
func sharedServer(t testing.TB) *pgtest.Server {
	t.Helper()
	pgtest.Need(t)
	shared.once.Do(func() {
		if shared.server, shared.err = pgtest.Launch(); shared.err == nil {
			_, shared.err = shared.server.SQL(createTable(pgxdriver.DefaultTable))
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// createTable is the servers' own statement.
func createTable(name string) string {
	return fmt.Sprintf("create table %q (id bigserial unique, created_at timestamptz default now(), payload bytea)", name)
}

func mustConnect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func mustPool(t testing.TB, url string, set func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	if set != nil {
		set(config)
	}
	p, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func mustSQL(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// heard is a notification, with the row that it names.
type heard struct {
	channel, payload string
	body             []byte
}

// request is the msgpack form of the request in it.
func (h *heard) request(t testing.TB) []byte {
	n, err := pgxdriver.Decode(h.payload)
	if err != nil {
		t.Errorf("%q: %v", h.payload, err)
		return nil
	}
	if n.Attachment != nil {
		return h.body
	}
	return n.Request.AppendMsgpack(nil)
}

// listen returns what is notified on channels from its return on, in order.
func listen(t testing.TB, url string, channels ...string) <-chan heard {
	t.Helper()
	conn, reader := mustConnect(t, url), mustConnect(t, url)
	for _, ch := range channels {
		if _, err := conn.Exec(t.Context(), `listen "`+ch+`"`); err != nil {
			t.Fatal(err)
		}
	}
	arrived, all := make(chan heard, 1<<16), make(chan heard, 1<<16)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			n, err := conn.WaitForNotification(ctx)
			if err != nil {
				close(arrived)
				return
			}
			arrived <- heard{channel: n.Channel, payload: n.Payload}
		}
	})
	wg.Go(func() {
		for h := range arrived {
			list := []heard{h}
			for len(arrived) > 0 && len(list) < 256 {
				list = append(list, <-arrived)
			}
			if err := readRows(ctx, reader, list); err != nil && ctx.Err() == nil {
				t.Errorf("rows: %v", err)
			}
			for _, h := range list {
				all <- h
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return all
}

// readRows fills in the bodies of those that name a row.
func readRows(ctx context.Context, conn *pgx.Conn, list []heard) error {
	byRow := make(map[int64]*heard)
	ids := []int64{}
	for i := range list {
		if n, err := pgxdriver.Decode(list[i].payload); err == nil && n.Attachment != nil {
			byRow[n.Attachment.Row] = &list[i]
			ids = append(ids, n.Attachment.Row)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := conn.Query(ctx, `select id, payload from socket_io_attachments where id = any($1)`, ids)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		byRow[id].body = body
	}
	return rows.Err()
}

// watch is drivertest's Watch.
func watch(t testing.TB, url, prefix, namespace, server string) <-chan []byte {
	t.Helper()
	from := listen(t, url, pgxdriver.Channel(prefix, namespace, server))
	messages := make(chan []byte, 1<<16)
	ended, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case h := <-from:
				messages <- h.request(t)
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-ended
	})
	return messages
}

// answer is drivertest's Answer: every other answer stands in a row, in one of its two
// forms.
func answer(t testing.TB, conn pgxdriver.DB, prefix, namespace, node string, data []byte) {
	t.Helper()
	channel := pgxdriver.ResponseChannel(prefix, namespace, node)
	res, err := protocol.DecodeAddressedResponse(data)
	if err != nil { // garbage
		text := strings.ToValidUTF8(strings.ReplaceAll(string(data), "\x00", ""), "?")
		notify(t, conn, channel, text[:min(len(text), 7999)])
		return
	}
	body, binary := res.AppendJSON(nil), false
	switch answers.Add(1) % 3 {
	case 0:
		notify(t, conn, channel, fmt.Sprintf(`{"req_id":%q,"node_id":%q,"payload":{"Data":%s}}`, res.Request, res.Server, body))
		return
	case 1:
		body, binary = res.AppendMsgpack(nil), true
	}
	var row int64
	if err := conn.QueryRow(untilConfirmed(t), `insert into socket_io_attachments (payload) values ($1) returning id`, body).Scan(&row); err != nil {
		t.Fatal(err)
	}
	notify(t, conn, channel, fmt.Sprintf(`{"req_id":%q,"node_id":%q,"payload":{"Attachment":{"id":%d,"is_binary":%v}}}`, res.Request, res.Server, row, binary))
}

func notify(t testing.TB, conn pgxdriver.DB, channel, payload string) {
	t.Helper()
	if _, err := conn.Exec(untilConfirmed(t), `select pg_notify($1, $2)`, channel, payload); err != nil {
		t.Fatal(err)
	}
}

// untilConfirmed outlives a test that ends with the notification that it waits for: the
// statement's own confirmation comes after it.
func untilConfirmed(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }

// throughProxy starts a proxy to a server, whose CutNext waits for a notification.
func throughProxy(t testing.TB, s *pgtest.Server) *netproxy.Proxy {
	t.Helper()
	return netproxy.New(t, s.Addr, func(sent []byte) bool {
		return bytes.Contains(sent, []byte("ch_")) && !bytes.Contains(sent, []byte("listen"))
	})
}

// harness is that of a driver that newDriver makes for the server at url, which is
// behind a proxy.
func harness(t testing.TB, newDriver func(t testing.TB, url string) *pgxdriver.Driver) (drivertest.Harness, *netproxy.Proxy) {
	t.Helper()
	s := sharedServer(t)
	url := s.URL("", "")
	proxy := throughProxy(t, s)
	answering := mustPool(t, url, nil)
	return drivertest.Harness{
		New: func(t testing.TB) emitter.Driver {
			d := newDriver(t, pgtest.URL(proxy.Addr, "", ""))
			t.Cleanup(func() { _ = d.Close() })
			return d
		},
		Watch: func(t testing.TB, prefix, namespace, id string) <-chan []byte {
			return watch(t, url, prefix, namespace, id)
		},
		Answer: func(t testing.TB, prefix, namespace, node string, data []byte) {
			answer(t, answering, prefix, namespace, node, data)
		},
		Whole: true,
	}, proxy
}

// text is the event in a notification.
func (h *heard) text(t testing.TB) string {
	t.Helper()
	req, err := protocol.DecodeRequest(h.request(t))
	if err != nil {
		t.Fatalf("%q: %v", h.payload, err)
	}
	return string(req.Packet.Data.AppendData(nil))
}

// requests returns events of a namespace, numbered.
func requests(t testing.TB, namespace string, n int) []*protocol.Request {
	t.Helper()
	list := make([]*protocol.Request, n)
	for i := range list {
		list[i] = &protocol.Request{
			Prefix: "socket.io", Namespace: namespace, Node: protocol.NewNodeID(), ID: protocol.NewID(),
			Packet: protocol.Packet{Namespace: namespace, Type: protocol.Event, Data: protocol.Value{Data: fmt.Appendf(nil, `["event",%d]`, i)}},
			Opts:   protocol.Opts{Flags: protocol.FlagBroadcast},
		}
	}
	return list
}

func typeOf(n uint8) protocol.Type { return protocol.Type(n) }
