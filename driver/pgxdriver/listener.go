package pgxdriver

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

// Listen listens on the channel of answers to req.Node, and on the namespace's own for
// the heartbeats of its servers, unless it does already, and returns once PostgreSQL
// has confirmed it. It goes on for 5 minutes beyond the last question, and begins
// again when the connection is lost. Listen ends with ctx, and after 5 s in any case.
func (d *Driver) Listen(ctx context.Context, req *protocol.Request, sink func(protocol.Response)) (stop func(), err error) {
	if err = d.ready(ctx); err == nil {
		err = d.refuseInTransaction(ctx)
	}
	if err == nil && d.answers == nil {
		err = emitter.NotSent(fmt.Errorf("%w: there is no connection on which to listen for answers; give WithListenConn", emitter.ErrUnsupported))
	}
	if err != nil {
		return nil, prefixed(err)
	}
	stop, err = d.listen(ctx, topicOf(req), req.ID, sink)
	return stop, prefixed(err)
}

// listen has the connection prove that it is alive: it may have died a moment ago.
func (d *Driver) listen(ctx context.Context, t topic, id protocol.ID, sink func(protocol.Response)) (stop func(), err error) {
	for range maxDead {
		if stop, err = d.answers.Listen(ctx, t.String(), id, sink); err != nil {
			return nil, err
		}
		if err = d.listening.Load().proves(ctx, t); err == nil {
			return stop, nil
		}
		stop()
		if ctx.Err() != nil {
			return nil, emitter.NotSent(ctx.Err())
		}
	}
	return nil, emitter.NotSent(fmt.Errorf("the connection was lost %d times in a row: %w", maxDead, err))
}

// maxDead is how many connections in a row may be dead before Listen has failed.
const maxDead = 8

// topic is what a subscription brings: the answers to a node in a namespace, and the
// namespace's heartbeats. For package answers it is one channel.
type topic struct{ prefix, namespace, node string }

func topicOf(req *protocol.Request) topic {
	return topic{req.Prefix, req.Namespace, req.Node.String()}
}

// String is a name that parseTopic reads.
func (t topic) String() string { return globalName(t.prefix, t.namespace) + " " + t.node }

func parseTopic(s string) topic {
	prefix, rest, _ := strings.Cut(s, "#") // which neither a prefix nor a namespace contains
	at := strings.LastIndexByte(rest, ' ')
	return topic{prefix, rest[:at], rest[at+1:]}
}

// subscriber opens the connection of a driver's subscriptions, the one that they all
// share.
type subscriber struct {
	driver *Driver
	logger *slog.Logger
}

var _ answers.Client = subscriber{}

// Route implements answers.Client.
func (subscriber) Route(context.Context, string) (any, error) { return nil, nil }

// Redirected implements answers.Client.
func (subscriber) Redirected(context.Context, error) bool { return false }

// Dial implements answers.Client.
func (s subscriber) Dial(ctx context.Context, _ any, events answers.Events) (answers.Conn, error) {
	pg, err := s.driver.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", withRemedy(err))
	}
	c := newConn(ctx, pg, s, events)
	s.driver.listening.Store(c)
	return c, nil
}

func orSilent(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}

// connectLike opens a connection with the configuration of another one.
func connectLike(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	config = config.Copy()
	config.OnNotification = nil // so that it is this connection's WaitForNotification that gets them
	return pgx.ConnectConfig(ctx, config)
}

// connectPool opens a connection as the pool does, beside those of the pool: one taken
// from it could be long in coming.
func connectPool(ctx context.Context, p *pgxpool.Pool) (*pgx.Conn, error) {
	config := p.Config()
	if config.BeforeConnect != nil {
		if err := config.BeforeConnect(ctx, config.ConnConfig); err != nil {
			return nil, fmt.Errorf("BeforeConnect of the pool: %w", err)
		}
	}
	conn, err := connectLike(ctx, config.ConnConfig)
	if err != nil || config.AfterConnect == nil {
		return conn, err
	}
	if err := config.AfterConnect(ctx, conn); err != nil {
		_ = conn.Close(ctx)
		return nil, fmt.Errorf("AfterConnect of the pool: %w", err)
	}
	return conn, nil
}
