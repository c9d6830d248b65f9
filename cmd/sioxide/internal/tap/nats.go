package tap

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
)

// natsPending bounds what waits to be shown, in bytes for each subscription. What comes
// beyond it is missed, and Lost says so.
const natsPending = 64 << 20

// NATS subscribes to the subjects of requests until ctx ends. NATS then no longer tells
// anybody that nobody listens to them.
func NATS(ctx context.Context, conn *nats.Conn, prefix string, namespaces []string, sink Sink) error {
	subjects, err := subjects(prefix, namespaces)
	if err != nil {
		return err
	}
	n := natsTap{conn: conn, prefix: prefix, sink: sink, messages: make(chan *nats.Msg), ended: make(chan struct{}), dropped: make(map[*nats.Subscription]int)}
	defer close(n.ended)
	n.status = conn.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.CLOSED)
	defer conn.RemoveStatusListener(n.status)
	for _, subject := range subjects {
		sub, err := n.subscribe(subject)
		if err != nil {
			return fmt.Errorf("subscribe to %s: %w", subject, err)
		}
		defer func() { _ = sub.Unsubscribe() }()
	}
	if err := n.settle(ctx, subjects); err != nil {
		return err
	}
	return n.watch(ctx)
}

// subjects are those of the requests of the namespaces, or of all.
func subjects(prefix string, namespaces []string) ([]string, error) {
	if len(namespaces) == 0 {
		root, err := natsdriver.Subject(prefix, emitter.RequestChannel(prefix, "/", ""))
		if err != nil {
			return nil, err
		}
		return []string{root[:strings.LastIndexByte(root, '.')] + ".>"}, nil
	}
	var out []string
	for _, ns := range namespaces {
		subject, err := natsdriver.Subject(prefix, emitter.RequestChannel(prefix, ns, ""))
		if err != nil {
			return nil, err
		}
		out = append(out, subject, subject+".>")
	}
	return out, nil
}

type natsTap struct {
	conn     *nats.Conn
	prefix   string
	sink     Sink
	messages chan *nats.Msg
	ended    chan struct{}
	status   chan nats.Status
	dropped  map[*nats.Subscription]int // that were told
}

func (n *natsTap) subscribe(subject string) (*nats.Subscription, error) {
	sub, err := n.conn.Subscribe(subject, func(m *nats.Msg) {
		select {
		case n.messages <- m:
		case <-n.ended:
		}
	})
	if err != nil {
		return nil, err
	}
	return sub, sub.SetPendingLimits(-1, natsPending)
}

// settle returns when the server has the subscriptions.
func (n *natsTap) settle(ctx context.Context, subjects []string) error {
	before := n.conn.LastError()
	within, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	if err := n.conn.FlushWithContext(within); err != nil {
		return fmt.Errorf("subscribe to %s: %w", strings.Join(subjects, ", "), err)
	}
	if err := n.conn.LastError(); err != nil && err != before { //nolint:errorlint // whether it is the very same
		return fmt.Errorf("subscribe to %s: %w", strings.Join(subjects, ", "), err)
	}
	n.sink.Ready()
	return nil
}

// watch passes on what comes, and tells of the connection, which nats.go makes again.
func (n *natsTap) watch(ctx context.Context) error {
	lost := false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m := <-n.messages:
			if err := n.take(m); err != nil {
				return err
			}
		case status := <-n.status:
			switch {
			case status == nats.CLOSED:
				return fmt.Errorf("the connection was closed: %w", n.conn.LastError())
			case status == nats.RECONNECTING && !lost:
				lost = true
				n.sink.Lost(n.conn.LastError())
			case status == nats.CONNECTED && lost:
				within, cancel := context.WithTimeout(ctx, silence)
				if n.conn.FlushWithContext(within) == nil { // otherwise it was lost again
					lost = false
					n.sink.Ready()
				}
				cancel()
			}
		}
	}
}

func (n *natsTap) take(m *nats.Msg) error {
	if total, err := m.Sub.Dropped(); err == nil && total != n.dropped[m.Sub] {
		n.sink.Lost(fmt.Errorf("%d messages came faster than they could be shown", total-n.dropped[m.Sub]))
		n.dropped[m.Sub] = total
		n.sink.Ready()
	}
	for _, v := range m.Header.Values("v") {
		if v != "1" {
			return nil
		}
	}
	return n.sink.Message(decode(n.prefix, channelOf(n.prefix, m.Subject), m.Data, time.Now()))
}

// channelOf is the channel of Redis that a subject stands for, as natsdriver.Subject
// makes it.
func channelOf(prefix, subject string) string {
	parts := strings.Split(subject, ".")[1:]
	for i, part := range parts {
		if text, err := url.PathUnescape(strings.ReplaceAll(part, "=", "%")); err == nil {
			parts[i] = text
		}
	}
	return prefix + "-" + strings.Join(parts, "#") + "#"
}
