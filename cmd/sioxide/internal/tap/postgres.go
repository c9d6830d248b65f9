package tap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// Postgres listens on the channels of the namespaces given, as their names are
// hashes: those of all servers, and of each server that answers or is heard. To
// listen is counted by nobody.
func Postgres(ctx context.Context, pool *pgxpool.Pool, io emitter.Emitter, prefix, table string, namespaces []string, sink Sink) error {
	return sink.again(ctx, isRefused, func() (ready bool, err error) {
		conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig.Copy())
		if err != nil {
			return false, err
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = conn.Close(ctx) // it was only read from
		}()
		p := &postgres{conn: conn, prefix: prefix, table: table, channels: make(map[string]place)}
		for _, ns := range namespaces {
			if err := p.listen(ctx, ns, ""); err != nil {
				return false, err
			}
			servers, _ := io.Of(ns).Servers(ctx) // the others are heard by their heartbeats
			for _, s := range servers {
				if err := p.listen(ctx, ns, s.ID); err != nil {
					return false, err
				}
			}
		}
		sink.Ready()
		return true, p.watch(ctx, sink)
	})
}

// isRefused tells whether PostgreSQL itself has said err, and not that it goes down.
func isRefused(err error) bool {
	var reply *pgconn.PgError
	return errors.As(err, &reply) && reply.Severity != "FATAL"
}

// place is what a channel is for.
type place struct{ namespace, server string }

type postgres struct {
	conn          *pgx.Conn
	prefix, table string
	channels      map[string]place
}

func (p *postgres) listen(ctx context.Context, namespace, server string) error {
	channel := pgxdriver.Channel(p.prefix, namespace, server)
	if _, known := p.channels[channel]; known {
		return nil
	}
	if _, err := p.conn.Exec(ctx, "listen "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return fmt.Errorf("LISTEN: %w", err)
	}
	p.channels[channel] = place{namespace, server}
	return nil
}

func (p *postgres) watch(ctx context.Context, sink Sink) error {
	for {
		n, err := p.next(ctx)
		if err != nil {
			return err
		}
		m, err := p.message(ctx, n)
		if err != nil {
			return err
		}
		if err := sink.Message(m); err != nil {
			return enough(err)
		}
	}
}

// next waits for a notification. A connection that is silent is asked whether it
// lives.
func (p *postgres) next(ctx context.Context) (*pgconn.Notification, error) {
	for {
		wait, cancel := context.WithTimeout(ctx, silence)
		n, err := p.conn.WaitForNotification(wait)
		cancel()
		if err == nil || ctx.Err() != nil || p.conn.IsClosed() || !pgconn.Timeout(err) {
			return n, err
		}
		ping, cancel := context.WithTimeout(ctx, silence)
		err = p.conn.Ping(ping)
		cancel()
		if err != nil {
			return nil, err
		}
	}
}

// message decodes a notification, with its row where it has one. The error is of the
// connection.
func (p *postgres) message(ctx context.Context, n *pgconn.Notification) (*Message, error) {
	at := p.channels[n.Channel]
	m := &Message{At: time.Now(), Channel: n.Channel, Bytes: len(n.Payload)}
	decoded, err := pgxdriver.Decode(n.Payload)
	if err != nil {
		return m.take(nil, err, "", "", ""), nil
	}
	req := decoded.Request
	if a := decoded.Attachment; a != nil {
		body, err := p.row(ctx, a.Row)
		if p.conn.IsClosed() {
			return nil, err
		}
		m.Bytes += len(body)
		if err == nil {
			req, err = a.DecodeRequest(body)
		}
		if err != nil {
			return m.take(nil, fmt.Errorf("its row %d: %w", a.Row, err), "", "", ""), nil
		}
	}
	if req == nil {
		return m.take(nil, errors.New("it is an answer"), "", "", ""), nil
	}
	if req.Type == protocol.Heartbeat || req.Type == protocol.InitHeartbeat {
		if err := p.listen(ctx, at.namespace, req.Node.String()); err != nil {
			return nil, err
		}
	}
	return m.take(req, nil, p.prefix, at.namespace, at.server), nil
}

// row reads an attachment, which servers delete after a minute.
func (p *postgres) row(ctx context.Context, id int64) (body []byte, err error) {
	err = p.conn.QueryRow(ctx, `select payload from "`+p.table+`" where id = $1 and octet_length(payload) <= $2`, id, protocol.MaxMessage).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("it is not there, or has more than %d bytes", protocol.MaxMessage)
	}
	return body, err
}
