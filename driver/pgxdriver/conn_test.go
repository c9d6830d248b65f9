package pgxdriver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
	"github.com/sioxide/emitter/protocol"
)

// lossNoted tells of a lost connection.
type lossNoted chan error

func (lossNoted) Message([]byte)              {}
func (lossNoted) Response(*protocol.Response) {}
func (lossNoted) Ended(string, error)         {}
func (l lossNoted) Lost(err error)            { l <- err }

func dial(t *testing.T, s *pgtest.Server) (*conn, lossNoted) {
	t.Helper()
	d := NewSQL(unused{}, WithListenConn(func(ctx context.Context) (*pgx.Conn, error) {
		return pgx.Connect(ctx, s.URL("", ""))
	}))
	lost := make(lossNoted, 8)
	c, err := subscriber{driver: d, logger: orSilent(nil)}.Dial(t.Context(), nil, lost)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*conn), lost
}

type unused struct{ SQL }

// listening counts the channels of the connection's session.
func (c *conn) listening(t *testing.T) (n int) {
	t.Helper()
	err := c.ask(t.Context(), func() error {
		return c.pg.QueryRow(t.Context(), "select count(*) from pg_listening_channels()").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTopicsShareTheChannelOfTheirNamespace(t *testing.T) {
	c, _ := dial(t, pgtest.Start(t))
	defer c.Close()
	a, b := topic{"socket.io", "/a", "AAAAAAAAAAAAAAAA"}, topic{"socket.io", "/a", "BBBBBBBBBBBBBBBB"}
	other := topic{"p", "/a b", "AAAAAAAAAAAAAAAA"}
	for _, step := range []struct {
		do    func(context.Context, string) error
		topic topic
		want  int
	}{
		{c.Subscribe, a, 2}, {c.Subscribe, b, 3}, {c.Subscribe, other, 5}, {c.Subscribe, a, 5},
		{c.Unsubscribe, a, 5}, {c.Unsubscribe, a, 4}, {c.Unsubscribe, b, 2}, {c.Unsubscribe, other, 0},
	} {
		if err := step.do(t.Context(), step.topic.String()); err != nil {
			t.Fatal(err)
		}
		if n := c.listening(t); n != step.want {
			t.Errorf("after %v: %d channels, want %d", step.topic, n, step.want)
		}
	}
	if len(c.users)+len(c.heartbeats) != 0 {
		t.Errorf("%v and %v are left", c.users, c.heartbeats)
	}
}

func TestALostConnectionSaysSo(t *testing.T) {
	s := pgtest.Start(t)
	c, lost := dial(t, s)
	if err := c.Subscribe(t.Context(), topic{"p", "/", "AAAAAAAAAAAAAAAA"}.String()); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-lost:
		if err == nil {
			t.Error("it was lost for no reason")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("a connection that is lost says so")
	}
	if err := c.Subscribe(t.Context(), topic{"p", "/", "AAAAAAAAAAAAAAAA"}.String()); err == nil {
		t.Error("on a lost connection nothing is subscribed")
	}
	c.Close()
}

// A statement on which PostgreSQL ends the connection may be done: it can end one
// between a command and the answer to it.
func TestAStatementWhoseConnectionIsEnded(t *testing.T) {
	fatal := &pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "57P01", Message: "terminating connection due to administrator command"}
	complete := &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}
	for name, says := range map[string][]pgproto3.BackendMessage{
		"with a word": {fatal}, "when the command is complete": {complete, fatal}, "without a word": nil,
	} {
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
			conn := connectTo(t, mode, says)
			_, err := New(conn).Send(t.Context(), &protocol.Request{
				Prefix: "p", Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: protocol.DisconnectSockets,
			})
			if err == nil || emitter.SafeToRetry(err) {
				t.Errorf("%s, %v: %v, want an error that is not marked by NotSent", name, mode, err)
			}
		}
	}
}

// connectTo connects to a server that says the same to the first statement and ends
// the connection.
func connectTo(t *testing.T, mode pgx.QueryExecMode, says []pgproto3.BackendMessage) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig("postgres://u@fake/d?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = mode
	client, server := net.Pipe()
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	config.DialFunc = func(context.Context, string, string) (net.Conn, error) { return client, nil }
	ended := make(chan error, 1)
	go func() { ended <- serve(server, says) }()
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close(context.Background())
		if err := <-ended; err != nil && !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	})
	return conn
}

// serve plays PostgreSQL up to the end of the first statement.
func serve(conn net.Conn, says []pgproto3.BackendMessage) error {
	defer conn.Close()
	b := pgproto3.NewBackend(conn, conn)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return err
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	b.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	b.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if err := b.Flush(); err != nil {
		return err
	}
	for {
		m, err := b.Receive()
		if err != nil {
			return err
		}
		switch m.(type) {
		case *pgproto3.Query, *pgproto3.Sync:
			if _, simple := m.(*pgproto3.Query); !simple && len(says) > 0 {
				b.Send(&pgproto3.ParseComplete{})
				b.Send(&pgproto3.BindComplete{})
				b.Send(&pgproto3.NoData{})
			}
			for _, s := range says {
				b.Send(s)
			}
			return b.Flush()
		}
	}
}

// The connection that listens has died, and nobody has noticed yet.
func TestNoAnswerIsMissedOnADeadConnection(t *testing.T) {
	s := pgtest.Start(t)
	pool, err := pgxpool.New(t.Context(), s.URL("", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	d := New(pool)
	defer d.Close()
	question := func() *protocol.Request {
		return &protocol.Request{Prefix: "p", Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: protocol.AllRooms}
	}
	first := question()
	stop, err := d.Listen(t.Context(), first, func(protocol.Response) {})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	c := d.listening.Load()
	busy, free := make(chan struct{}), make(chan struct{})
	go func() {
		_ = c.ask(t.Context(), func() error { close(busy); <-free; return nil })
	}()
	<-busy
	s.MustSQL(t, fmt.Sprintf("select pg_terminate_backend(%d, 10000)", c.pg.PgConn().PID()))
	time.AfterFunc(10*time.Millisecond, func() { close(free) })
	second := question()
	second.Node = first.Node // it shares the subscription
	got := make(chan protocol.Response, 1)
	stop, err = d.Listen(t.Context(), second, func(res protocol.Response) { got <- res })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	res := protocol.Response{Server: protocol.NewNodeID(), Kind: protocol.KindRooms}
	payload := fmt.Sprintf(`{"req_id":%q,"node_id":%q,"payload":{"Data":%s}}`, second.ID, res.Server, res.AppendJSON(nil))
	if _, err := pool.Exec(t.Context(), inlineSQL, ResponseChannel("p", "/", second.Node.String()), payload); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
	case <-time.After(20 * time.Second):
		t.Fatal("an answer was missed")
	}
}

func TestOnlyHeartbeatsAreDecoded(t *testing.T) {
	req := protocol.Request{Node: protocol.NewNodeID(), ID: protocol.NewID(), Opts: protocol.Opts{Rooms: []string{`"type":20`}}}
	for typ := range protocol.FetchSockets + 1 {
		req.Type = typ
		req.Packet.Type = protocol.Event
		if payload := string(appendInline(nil, &req)); mayBeHeartbeat(payload) {
			t.Errorf("type %v is taken for a heartbeat: %s", typ, payload)
		}
	}
	for _, typ := range []protocol.Type{protocol.Heartbeat, protocol.InitHeartbeat} {
		req.Type = typ
		if !mayBeHeartbeat(string(appendInline(nil, &req))) {
			t.Errorf("type %v is not taken for a heartbeat", typ)
		}
	}
}
