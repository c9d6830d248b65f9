package pgcheck

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// value is of an event that has passed.
type value struct {
	kind protocol.ValueKind
	from string
}

// heard is what passed while the doctor listened.
type heard struct {
	beats  map[string][]string // servers, by namespace
	values []value
}

func (h heard) servers(namespace string) []string { return h.beats[namespace] }

// watcher listens on the channels of the namespaces.
type watcher struct {
	conn       *pgx.Conn
	cancel     context.CancelFunc
	done       chan struct{}
	namespaces map[string]string // by channel
	until      time.Time         // of waiting for heartbeats

	mu    sync.Mutex
	heard heard
}

// maxValues bounds what is kept of a busy cluster.
const maxValues = 1000

// listen begins to listen, on a connection of its own.
func (l *looker) listen(ctx context.Context) (*watcher, error) {
	setup, cancel := l.step(ctx)
	defer cancel()
	conn, err := pgx.ConnectConfig(setup, l.pool.Config().ConnConfig.Copy())
	if err != nil {
		return nil, err
	}
	w := &watcher{
		conn: conn, done: make(chan struct{}), namespaces: make(map[string]string),
		until: time.Now().Add(l.opts.Heartbeat), heard: heard{beats: make(map[string][]string)},
	}
	for _, name := range l.opts.Namespaces {
		channel := pgxdriver.Channel(l.target.Prefix, name, "")
		if _, err := conn.Exec(setup, "listen "+pgx.Identifier{channel}.Sanitize()); err != nil {
			l.close(conn)
			return nil, err
		}
		w.namespaces[channel] = name
	}
	ctx, w.cancel = context.WithCancel(ctx)
	go w.run(ctx)
	return w, nil
}

func (w *watcher) run(ctx context.Context) {
	defer close(w.done)
	for {
		n, err := w.conn.WaitForNotification(ctx)
		if err != nil {
			return
		}
		if message, err := pgxdriver.Decode(n.Payload); err == nil && message.Request != nil {
			w.take(w.namespaces[n.Channel], message)
		}
	}
}

func (w *watcher) take(namespace string, m *pgxdriver.Notification) {
	w.mu.Lock()
	defer w.mu.Unlock()
	from := m.Node.String()
	switch t := m.Request.Type; {
	case t == protocol.Heartbeat || t == protocol.InitHeartbeat:
		if !slices.Contains(w.heard.beats[namespace], from) {
			w.heard.beats[namespace] = append(w.heard.beats[namespace], from)
		}
	case t.HasPacket() && len(w.heard.values) < maxValues:
		w.heard.values = append(w.heard.values, value{m.Request.Packet.Data.Kind, from})
	}
}

// wait returns when the time for heartbeats is over: one that is silent may be heard
// of last.
func (w *watcher) wait(ctx context.Context) {
	timer := time.NewTimer(time.Until(w.until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.done:
	case <-ctx.Done():
	}
}

// end stops listening and returns what was heard.
func (w *watcher) end() heard {
	w.cancel()
	<-w.done
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = w.conn.Close(ctx) // it was only read from
	return w.heard
}
