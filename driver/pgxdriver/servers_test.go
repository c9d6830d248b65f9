package pgxdriver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// player plays servers of a namespace: each answers what it is asked. An ack is one of
// the msgpack parser where the question is.
type player struct {
	pool      *pgxpool.Pool
	namespace string
	servers   []protocol.ID

	mu     sync.Mutex
	silent map[protocol.ID]bool
	heard  []protocol.Type
}

// play starts so many servers, until the test ends.
func play(t *testing.T, url, namespace string, servers int) *player {
	t.Helper()
	p := &player{pool: mustPool(t, url, nil), namespace: namespace, silent: make(map[protocol.ID]bool)}
	for range servers {
		p.servers = append(p.servers, protocol.NewNodeID())
	}
	requests := watch(t, url, "socket.io", namespace, "")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case data := <-requests:
				p.take(t, data)
			case <-stop:
				return
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		wg.Wait()
	})
	return p
}

func (p *player) take(t *testing.T, data []byte) {
	req, err := protocol.DecodeRequest(data)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, req.Type)
	for _, server := range p.servers {
		if !req.Type.IsAnswered() || p.silent[server] {
			continue
		}
		send := func(res protocol.Response) {
			res.Request, res.Server = req.ID, server
			answer(t, p.pool, "socket.io", p.namespace, req.Node.String(), res.AppendAddressed(nil))
		}
		switch req.Type {
		case protocol.AllRooms:
			send(protocol.Response{Kind: protocol.KindRooms, Rooms: []string{"room"}})
		case protocol.FetchSockets:
			send(protocol.Response{Kind: protocol.KindSockets, Sockets: []protocol.Socket{{ID: protocol.NewID(), Server: server, Namespace: p.namespace}}})
		case protocol.BroadcastWithAck:
			value := protocol.Value{Data: []byte(`["yes",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{{1, 2, 255}}}
			if req.Packet.Data.Kind == protocol.Binary {
				value = protocol.Value{Kind: protocol.Binary, Data: []byte("\x92\xa3yes\xc4\x03\x01\x02\xff")}
			}
			send(protocol.Response{Kind: protocol.KindAckCount, Count: 2})
			for range 2 {
				send(protocol.Response{Kind: protocol.KindAck, Ack: &protocol.Ack{Socket: protocol.NewID(), Value: value}})
			}
		}
	}
}

func (p *player) silence(server protocol.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent[server] = true
}

// asked returns how many requests of a type came.
func (p *player) asked(want protocol.Type) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.heard {
		if t == want {
			n++
		}
	}
	return n
}

// heartbeat is what a server sends every 10 seconds, and when it starts.
func heartbeat(t *testing.T, url, namespace string, server protocol.ID, kind protocol.Type) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	notify(t, conn, pgxdriver.Channel("socket.io", namespace, ""), fmt.Sprintf(
		`{"Request":{"node_id":%q,"payload":{"node_id":%q,"id":%q,"type":%d,"packet":null,"rooms":null,"opts":null}}}`,
		server, server, protocol.NewID(), kind))
}
