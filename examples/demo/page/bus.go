package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// backlog is how many messages may wait for a page that does not keep up; what
// comes then is counted, not shown.
const backlog = 256

// bus hands what passes over Redis to every page that is open. It subscribes by
// pattern, which no server counts as one of its own.
type bus struct {
	channels channels
	own      *recent
	log      *slog.Logger
	pubsub   *redis.PubSub
	done     chan struct{} // closed when the reader has ended

	mu        sync.Mutex
	listeners map[*listener]struct{}
}

// listener is one open page.
type listener struct {
	messages chan *Message
	missed   missed // guarded by the bus
}

// missed are messages that did not fit.
type missed struct {
	Count int  `json:"count"`
	Moves bool `json:"moves"` // one of them moved sockets
}

// watch returns once no message can be missed.
func watch(ctx context.Context, cfg Config, own *recent) (*bus, error) {
	b := &bus{
		channels: channels{cfg.Scene.Clusters}, own: own, log: cfg.Log,
		done: make(chan struct{}), listeners: map[*listener]struct{}{},
	}
	patterns := b.channels.patterns()
	b.pubsub = cfg.Client.PSubscribe(ctx, patterns...)
	for range patterns {
		if _, err := b.pubsub.Receive(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("watch %s: %w", strings.Join(patterns, ", "), err), b.pubsub.Close())
		}
	}
	go b.run()
	return b, nil
}

func (b *bus) close() error {
	err := b.pubsub.Close()
	<-b.done
	return err
}

func (b *bus) run() {
	defer close(b.done)
	for {
		msg, err := b.pubsub.ReceiveMessage(context.Background())
		switch {
		case errors.Is(err, redis.ErrClosed):
			return
		case err != nil: // the next call connects again
			b.log.Warn("the page's view of Redis was interrupted", "err", err)
			time.Sleep(100 * time.Millisecond)
		default:
			b.hand(msg)
		}
	}
}

func (b *bus) hand(msg *redis.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.listeners) == 0 {
		return
	}
	m := b.channels.read(msg.Channel, []byte(msg.Payload))
	m.Own = b.own.has(m.Request)
	for l := range b.listeners {
		l.hand(m)
	}
}

func (l *listener) hand(m *Message) {
	select {
	case l.messages <- m:
	default:
		l.missed.Count++
		l.missed.Moves = l.missed.Moves || m.Moves
	}
}

// takeMissed returns what did not fit, once what did has been taken.
func (b *bus) takeMissed(l *listener) missed {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(l.messages) > 0 {
		return missed{}
	}
	m := l.missed
	l.missed = missed{}
	return m
}

func (b *bus) listen() *listener {
	l := &listener{messages: make(chan *Message, backlog)}
	b.mu.Lock()
	b.listeners[l] = struct{}{}
	b.mu.Unlock()
	return l
}

func (b *bus) leave(l *listener) {
	b.mu.Lock()
	delete(b.listeners, l)
	b.mu.Unlock()
}

// messages streams what passes from now on, and tells of what did not fit.
func (p *Page) messages(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	l := p.bus.listen()
	defer p.bus.leave(l)
	err := sendEvent(w, "ready", struct{}{}) // the page waits for this before it does anything
	for err == nil {
		if err = out.Flush(); err != nil {
			break
		}
		select {
		case <-r.Context().Done():
			return
		case m := <-l.messages:
			err = sendEvent(w, "message", m)
		}
		if gap := p.bus.takeMissed(l); gap.Count > 0 && err == nil {
			err = sendEvent(w, "missed", gap)
		}
	}
	p.cfg.Log.Info("a page is gone", "err", err)
}

func sendEvent(w io.Writer, name string, v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
	}
	return err
}

// channels knows the names of the clusters' channels (socketioxide-redis, src/lib.rs:
// get_req_chan, get_res_chan).
type channels struct{ clusters []Cluster }

var globs = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

func (c channels) patterns() []string {
	var out []string
	for _, cluster := range c.clusters {
		prefix := globs.Replace(cluster.Prefix)
		out = append(out, prefix+"-request#*", prefix+"-response#*")
	}
	return out
}

// locate finds out what m.Channel is.
func (c channels) locate(m *Message) {
	name, rest, _ := strings.Cut(m.Channel, "#")
	var prefix string
	prefix, m.Response = strings.CutSuffix(name, "-response")
	if !m.Response {
		prefix = strings.TrimSuffix(name, "-request")
	}
	if i := slices.IndexFunc(c.clusters, func(c Cluster) bool { return c.Prefix == prefix }); i >= 0 {
		m.Cluster = c.clusters[i].Parser
	}
	namespace, server, _ := strings.Cut(strings.TrimSuffix(rest, "#"), "#")
	m.Namespace = namespace
	if !m.Response {
		m.Server = server
	}
}
