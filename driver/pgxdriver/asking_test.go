package pgxdriver_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// lockedLog is a log that is read while it is written.
type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lockedLog) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func newDriver(t testing.TB, url string, opts ...pgxdriver.Option) *pgxdriver.Driver {
	t.Helper()
	d := pgxdriver.New(mustPool(t, url, nil), opts...)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestAskingThroughEveryKindOfDatabase(t *testing.T) {
	url := sharedServer(t).URL("", "")
	p := play(t, url, "/ask", 3)
	for name, d := range map[string]*pgxdriver.Driver{
		"pool": newDriver(t, url),
		"conn": pgxdriver.New(mustConnect(t, url)),
		"SQL":  pgxdriver.NewSQL(mustSQL(t, url), listenOn(url)),
		"a pool with nothing left": func() *pgxdriver.Driver {
			pool := mustPool(t, url, func(c *pgxpool.Config) { c.MaxConns = 1 })
			return pgxdriver.New(pool)
		}(),
	} {
		for _, io := range []emitter.Emitter{emitter.New(d), emitter.NewMsgpack(d)} {
			io = io.Of("/ask")
			servers, err := io.Servers(t.Context())
			if err != nil || len(servers) != 3 {
				t.Fatalf("%s: servers %v, %v", name, servers, err)
			}
			if sockets, err := io.Sockets(t.Context()); err != nil || len(sockets) != 3 {
				t.Errorf("%s: sockets %v, %v", name, sockets, err)
			}
			if rooms, err := io.Rooms(t.Context()); err != nil || !slices.Equal(rooms, []string{"room"}) {
				t.Errorf("%s: rooms %v, %v", name, rooms, err)
			}
			if err := io.Sync(t.Context()); err != nil {
				t.Errorf("%s: sync: %v", name, err)
			}
			acks, err := io.EmitWithAck(t.Context(), "q", long)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			n := 0
			for ack, err := range acks.All() {
				var yes string
				var binary []byte
				if err == nil {
					err = ack.Decode(&yes, &binary)
				}
				if err != nil || yes != "yes" || !bytes.Equal(binary, []byte{1, 2, 255}) {
					t.Errorf("%s: ack %q %v: %v", name, yes, binary, err)
				}
				n++
			}
			if n != 6 {
				t.Errorf("%s: %d acks, want 6", name, n)
			}
		}
		_ = d.Close()
	}
	if n := p.asked(protocol.Heartbeat) + p.asked(protocol.InitHeartbeat); n != 0 {
		t.Errorf("%d heartbeats were sent", n)
	}
}

func TestRequireServers(t *testing.T) {
	url := sharedServer(t).URL("", "")
	play(t, url, "/there", 1)
	strict := emitter.New(newDriver(t, url), emitter.RequireServers())
	if err := strict.Of("/there").Emit(t.Context(), "e"); err != nil {
		t.Errorf("with a server: %v", err)
	}
	got := listen(t, url, pgxdriver.Channel("socket.io", "/nobody", ""))
	err := strict.Of("/nobody").Timeout(time.Second).Emit(t.Context(), "e")
	if !errors.Is(err, emitter.ErrNoServers) || !emitter.SafeToRetry(err) {
		t.Errorf("without a server: %v, want ErrNoServers", err)
	}
	mustHearTypes(t, url, "/nobody", got, protocol.AllRooms)
}

// mustHearTypes checks what was sent, by its types, up to a marker sent now.
func mustHearTypes(t *testing.T, url, namespace string, got <-chan heard, want ...protocol.Type) {
	t.Helper()
	if err := emitter.New(newDriver(t, url)).Of(namespace).Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	var types []protocol.Type
	for h := range got {
		req, err := protocol.DecodeRequest(h.request(t))
		if err != nil {
			t.Fatal(err)
		}
		if req.Type == protocol.DisconnectSockets {
			break
		}
		types = append(types, req.Type)
	}
	if !slices.Equal(types, want) {
		t.Errorf("%v was sent, want %v", types, want)
	}
}

func TestHeartbeatsMakeMembers(t *testing.T) {
	url := sharedServer(t).URL("", "")
	const namespace = "/hearts"
	p := play(t, url, namespace, 1)
	d := newDriver(t, url)
	io := emitter.New(d).Of(namespace)
	if servers, err := io.Servers(t.Context()); err != nil || len(servers) != 1 {
		t.Fatalf("%v, %v", servers, err)
	}
	roster := d.Roster("socket.io", namespace)
	for i, kind := range []protocol.Type{protocol.Heartbeat, protocol.InitHeartbeat} {
		server := protocol.NewNodeID()
		heartbeat(t, url, namespace, server, kind)
		for deadline := time.Now().Add(20 * time.Second); roster.Len() != 2+i; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%v members 20 s after a %v", roster.IDs(), kind)
			}
		}
	}
	// Now these two are waited for, and named.
	err := io.Timeout(200 * time.Millisecond).Sync(t.Context())
	if !errors.Is(err, emitter.ErrTimeout) {
		t.Errorf("with two members that are silent: %v, want ErrTimeout", err)
	}
	for _, id := range roster.IDs() {
		if named := strings.Contains(err.Error(), id.String()); named == slices.Contains(p.servers, id) {
			t.Errorf("%v is named as silent: %v in %v", id, named, err)
		}
	}
	if other := d.Roster("socket.io", "/other").Len(); other != 0 {
		t.Errorf("another namespace has %d members", other)
	}
}

// A member that is silent in two questions is dropped.
func TestSilentMembersAreDropped(t *testing.T) {
	url := sharedServer(t).URL("", "")
	p := play(t, url, "/silent", 2)
	io := emitter.New(newDriver(t, url)).Of("/silent")
	if servers, err := io.Servers(t.Context()); err != nil || len(servers) != 2 {
		t.Fatalf("%v, %v", servers, err)
	}
	p.silence(p.servers[0])
	for range 2 { // a question that is cut short within a second says nothing of them
		if _, err := io.Timeout(1100 * time.Millisecond).Servers(t.Context()); !errors.Is(err, emitter.ErrTimeout) {
			t.Errorf("%v, want ErrTimeout", err)
		}
	}
	if servers, err := io.Servers(t.Context()); err != nil || len(servers) != 1 {
		t.Errorf("%v, %v", servers, err)
	}
}

func TestAnswersThatCanNotBeReadAreLogged(t *testing.T) {
	s := sharedServer(t)
	s.MustSQL(t, "create role deaf login")
	log := new(lockedLog)
	p := play(t, s.URL("", ""), "/deaf", 1)
	d := newDriver(t, s.URL("deaf", ""), pgxdriver.WithLogger(log.logger()))
	io := emitter.New(d).Of("/deaf")
	for range 3 { // two of three answers stand in rows
		_, _ = io.Timeout(time.Second).Servers(t.Context())
	}
	if p.asked(protocol.AllRooms) < 3 {
		t.Errorf("%d questions arrived", p.asked(protocol.AllRooms))
	}
	for _, part := range []string{"level=WARN", "attachments could not be read", "permission denied", "grant"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %q: %s", part, log)
		}
	}
}

func TestManyAcksAsAttachmentsKeepTheirOrder(t *testing.T) {
	url := sharedServer(t).URL("", "")
	d := newDriver(t, url)
	req := &protocol.Request{Prefix: "socket.io", Namespace: "/many", Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: protocol.AllRooms}
	var mu sync.Mutex
	var rooms []string
	done := make(chan struct{})
	const n = 500
	stop, err := d.Listen(t.Context(), req, func(res protocol.Response) {
		mu.Lock()
		defer mu.Unlock()
		if rooms = append(rooms, res.Rooms...); len(rooms) == n {
			close(done)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	conn := mustConnect(t, url)
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range n {
		want = append(want, fmt.Sprint("room ", i))
		res := protocol.Response{Request: req.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms, Rooms: want[i:]}
		channel := pgxdriver.ResponseChannel(req.Prefix, req.Namespace, req.Node.String())
		payload := fmt.Sprintf(`{"req_id":%q,"node_id":%q,"payload":{"Data":%s}}`, res.Request, res.Server, res.AppendJSON(nil))
		if i%5 != 0 {
			var row int64
			if err := tx.QueryRow(t.Context(), `insert into socket_io_attachments (payload) values ($1) returning id`, res.AppendMsgpack(nil)).Scan(&row); err != nil {
				t.Fatal(err)
			}
			payload = fmt.Sprintf(`{"req_id":%q,"node_id":%q,"payload":{"Attachment":{"id":%d,"is_binary":true}}}`, res.Request, res.Server, row)
		}
		notify(t, conn, channel, payload)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%d of %d answers came within 20 s", len(rooms), n)
	}
	if !slices.Equal(rooms, want) {
		t.Errorf("answers came in another order: %v", rooms)
	}
}
