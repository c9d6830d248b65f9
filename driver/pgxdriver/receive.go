package pgxdriver

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter/protocol"
)

// maxRows is how many rows are read in one query.
const maxRows = 64

// take handles a notification, and, where it names a row, with it all that have
// arrived already: their rows are read together, and the order of answers is kept.
func (c *conn) take(n *pgconn.Notification) error {
	answer := c.answer(n)
	if answer == nil {
		return nil
	}
	if answer.Response != nil {
		c.events.Response(answer.Response)
		return nil
	}
	answers, rows := []*Notification{answer}, 1
	for rows < maxRows {
		next := c.arrived()
		if next == nil {
			break
		}
		if answer := c.answer(next); answer != nil {
			answers = append(answers, answer)
			if answer.Attachment != nil {
				rows++
			}
		}
	}
	return c.deliver(answers, rows)
}

// arrived returns a notification that is here already, or nil.
func (c *conn) arrived() *pgconn.Notification {
	n, err := c.pg.WaitForNotification(endedContext)
	if err != nil {
		return nil
	}
	return n
}

// endedContext keeps WaitForNotification from waiting.
var endedContext = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// answer returns the answer that a notification brings. On the channel of a namespace
// it notes the server of a heartbeat; all else is for servers.
func (c *conn) answer(n *pgconn.Notification) *Notification {
	roster := c.heartbeats[n.Channel]
	if roster != nil && !mayBeHeartbeat(n.Payload) {
		return nil
	}
	decoded, err := Decode(n.Payload)
	if err != nil {
		c.logger.Debug("pgxdriver: notification dropped", "channel", n.Channel, "error", err)
		return nil
	}
	if roster == nil {
		if decoded.Question.IsZero() {
			return nil
		}
		return decoded
	}
	if req := decoded.Request; req != nil && (req.Type == protocol.Heartbeat || req.Type == protocol.InitHeartbeat) {
		roster.Heard(req.Node)
	}
	return nil
}

// mayBeHeartbeat keeps the events of a namespace from being decoded, as they all come
// by. Inside of a JSON string quotes are escaped, so that none of theirs looks so.
func mayBeHeartbeat(payload string) bool {
	return strings.Contains(payload, `"type":20`) || strings.Contains(payload, `"type":21`)
}

// deliver hands answers on, in order. The rows of those that stand in one are read on
// the connection that listens, one after another: what arrives in the meantime waits.
func (c *conn) deliver(answers []*Notification, rows int) error {
	ids := make([]int64, 0, rows)
	for _, a := range answers {
		if a.Attachment != nil {
			ids = append(ids, a.Attachment.Row)
		}
	}
	ctx, cancel := context.WithTimeout(c.ctx, queryTime)
	defer cancel()
	r := c.read(ctx, ids)
	place := int64(0)
	for _, a := range answers {
		res := a.Response
		if a.Attachment != nil {
			place++
			res = c.resolve(a, r.body(place))
		}
		if res != nil {
			c.events.Response(res)
		}
	}
	err := r.close()
	if err == nil {
		return nil
	}
	err = withTable(withRemedy(err), c.driver.sender.table)
	c.logger.Warn("pgxdriver: answers lost: their attachments could not be read", "rows", len(ids), "error", err)
	if c.pg.IsClosed() {
		return err
	}
	return nil
}

// resolve decodes an answer that stood in a row; nil: it can't be had.
func (c *conn) resolve(a *Notification, body []byte) *protocol.Response {
	if body == nil {
		c.logger.Debug("pgxdriver: attachment not found", "row", a.Attachment.Row)
		return nil
	}
	res, err := a.Attachment.DecodeResponse(body, a.Question)
	if err != nil {
		c.logger.Debug("pgxdriver: attachment dropped", "row", a.Attachment.Row, "error", err)
	}
	return res
}

// reader reads rows in the order in which they were asked for.
type reader struct {
	rows pgx.Rows // nil: the query failed
	err  error

	place   int64 // of the row that is ahead, from 1
	current []byte
}

func (c *conn) read(ctx context.Context, ids []int64) *reader {
	rows, err := c.pg.Query(ctx, c.driver.sender.sql.attachment, ids, int64(protocol.MaxMessage))
	if err != nil {
		return &reader{err: err}
	}
	return &reader{rows: rows}
}

// body returns the body of the row at a place, later than those before; nil: the row
// is not there, or too large.
func (r *reader) body(place int64) []byte {
	for r.err == nil && r.rows != nil && r.place < place && r.rows.Next() {
		r.current = nil
		r.err = r.rows.Scan(&r.place, &r.current)
	}
	if r.err != nil || r.place != place {
		return nil
	}
	return r.current
}

func (r *reader) close() error {
	if r.rows == nil {
		return r.err
	}
	r.rows.Close()
	if r.err == nil {
		r.err = r.rows.Err()
	}
	return r.err
}
