// Package node is a small Socket.IO server that takes part in a cluster of
// socketioxide servers over Redis, as far as an emitter can see: it understands
// every request, follows the same selection rules, and answers what is answered.
// It is there to try the emitter without Rust; it serves WebSocket only, has no
// event handlers, and asks nothing of other servers.
//
// The way of an event:
//
//	Redis → adapter.handle → namespace.broadcast → connection.queue → WebSocket
package node

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter/examples/demo/loopback"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/protocol"
)

// Config says what kind of node to start.
type Config struct {
	Redis      string          // address, host:port
	Prefix     string          // of the cluster's channels; "socket.io" if empty
	Parser     socketio.Parser // of the cluster
	Namespaces []string        // "/" if there are none
	Origins    []string        // of the pages whose clients may connect; those of programs may in any case
	AckTimeout time.Duration   // where the asker names none; 5 s if 0
	Timing     socketio.Timing
	Log        *slog.Logger // of requests that had to be dropped; silent if nil
}

// Node is a running server.
type Node struct {
	id         protocol.ID
	prefix     string
	parser     socketio.Parser
	ackTimeout time.Duration
	timing     socketio.Timing
	log        *slog.Logger
	namespaces map[string]*namespace

	mu      sync.Mutex      // orders what starts a task and Close
	ctx     context.Context // ends with the node
	cancel  context.CancelFunc
	tasks   sync.WaitGroup // the adapter, its answers and the connections
	adapter *adapter
	redis   *redis.Client
	http    *http.Server
	url     string
}

// Start returns a node that listens on a free port of the loopback interface and
// is subscribed to its cluster. ctx is for starting only.
func Start(ctx context.Context, cfg Config) (*Node, error) {
	n := newNode(cfg)
	// Protocol 2, because miniredis knows the push messages of 3 in part only.
	n.redis = redis.NewClient(&redis.Options{Addr: cfg.Redis, Protocol: 2})
	var err error
	if n.adapter, err = subscribe(ctx, n, n.redis); err != nil {
		return nil, errors.Join(err, n.redis.Close())
	}
	listener, err := loopback.Listen(ctx, 0)
	if err != nil {
		return nil, errors.Join(err, n.adapter.pubsub.Close(), n.redis.Close())
	}
	n.url = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.Handle(socketio.Path, n)
	guard := loopback.NewGuard(listener, cfg.Origins)
	n.http = &http.Server{Handler: guard.Wrap(mux), ReadHeaderTimeout: 10 * time.Second}
	n.tasks.Go(func() { n.adapter.run(n.ctx) })
	n.tasks.Go(func() { _ = n.http.Serve(listener) }) // returns when Close closes it
	return n, nil
}

func newNode(cfg Config) *Node {
	n := &Node{
		id: protocol.NewNodeID(), prefix: cfg.Prefix, parser: cfg.Parser,
		ackTimeout: cfg.AckTimeout, timing: cfg.Timing, log: cfg.Log,
		namespaces: map[string]*namespace{},
	}
	if n.prefix == "" {
		n.prefix = "socket.io"
	}
	if n.ackTimeout == 0 {
		n.ackTimeout = 5 * time.Second
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Namespaces) == 0 {
		cfg.Namespaces = []string{"/"}
	}
	for _, name := range cfg.Namespaces {
		n.namespaces[name] = newNamespace(name)
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	return n
}

// ID returns the node's server id, which ToServer takes.
func (n *Node) ID() string { return n.id.String() }

// URL returns the address for clients.
func (n *Node) URL() string { return n.url }

// ServeHTTP takes a client in and returns when it is gone.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !n.begin() {
		http.Error(w, "this server is closing", http.StatusServiceUnavailable)
		return
	}
	defer n.tasks.Done()
	sid := protocol.NewID()
	conn, err := socketio.Accept(w, r, n.parser, sid.String(), n.timing)
	if err != nil {
		n.log.Info("client refused", "err", err)
		return
	}
	c := &connection{
		node: n, conn: conn, sid: sid,
		queue:   make(chan *socketio.Packet, queueLen),
		sockets: map[string]*socket{},
	}
	c.serve(n.ctx)
}

// begin counts a task in, unless the node is closing.
func (n *Node) begin() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil {
		return false
	}
	n.tasks.Add(1)
	return true
}

// Close disconnects all clients and leaves the cluster.
func (n *Node) Close() error {
	n.mu.Lock()
	n.cancel()
	n.mu.Unlock()
	err := errors.Join(n.http.Close(), n.adapter.pubsub.Close())
	n.tasks.Wait()
	return errors.Join(err, n.redis.Close())
}
