package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/wire"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
)

// flushTime is longer than any server needs.
const flushTime = 30 * time.Second

// Nats is a real nats-server as the backend.
type Nats struct {
	*natstest.Server
	conn   *nats.Conn // the run's own
	parser string
}

func startNats(_ context.Context, c Config) (Backend, error) {
	server, err := natstest.Launch()
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(server.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &Nats{server, conn, c.Parser.String()}, nil
}

// URLs is one for all.
func (n *Nats) URLs() []string { return []string{n.URL()} }

// Prefixes are the first tokens of subjects.
func (*Nats) Prefixes() []string { return []string{emitter.DefaultPrefix, cases.OtherPrefix} }

// Mark publishes on each of the subjects.
func (n *Nats) Mark(ctx context.Context, sp space, uids []string, number int) error {
	message, err := wire.Event(n.parser, sp.namespace, marker, number)
	if err != nil {
		return err
	}
	for _, uid := range append([]string{""}, uids...) {
		if err := n.conn.Publish(wire.NatsSubject(sp.prefix, sp.namespace, uid), message); err != nil {
			return err
		}
	}
	return n.flush(ctx, n.conn)
}

// flush returns once the server has taken what was sent; nats.go wants a deadline.
func (*Nats) flush(ctx context.Context, conn *nats.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	return conn.FlushWithContext(ctx)
}

// Restart kills nats-server as a crash does: it keeps nothing.
func (n *Nats) Restart(context.Context) error { return n.Server.Restart() }

// Monitor subscribes to all subjects.
func (n *Nats) Monitor(ctx context.Context) (stop func() error, err error) {
	conn, err := nats.Connect(n.URL())
	if err != nil {
		return nil, err
	}
	_, err = conn.Subscribe(">", func(*nats.Msg) {})
	if err == nil {
		err = n.flush(ctx, conn)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("subscribe to everything: %w", err)
	}
	return func() error { conn.Close(); return nil }, nil
}

// Stop ends nats-server.
func (n *Nats) Stop() error {
	n.conn.Close()
	return n.Server.Stop()
}
