package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

// catcher is a Driver that sends nothing and keeps the request.
type catcher struct{ req *protocol.Request }

func (c *catcher) Send(_ context.Context, req *protocol.Request) (int, error) {
	c.req = req.Clone()
	return -1, nil
}

// dryRequest is what --dry-run shows.
type dryRequest struct {
	Type      string            `json:"type"`
	Operation *outbox.Operation `json:"operation"` // as it is read back from the message
	Channel   string            `json:"channel,omitempty"`
	Payload   string            `json:"payload,omitempty"` // of PostgreSQL's notification
	Bytes     int               `json:"bytes"`
	Message   []byte            `json:"message,omitempty"` // base64: what is published, inserted, or attached as a row
}

// dryRun shows the request that o becomes. Nothing is connected.
func (a *app) dryRun(ctx context.Context, t *target.Target, o *outbox.Operation) error {
	var c catcher
	io := emitter.New(&c, emitter.WithPrefix(t.Prefix), emitter.WithParser(t.Parser))
	err := o.Perform(ctx, io)
	if err != nil && errors.Is(err, emitter.ErrSelection) && o.Op == outbox.Join && o.Socket != "" && o.Server == "" {
		return usage("a join of one socket asks for its server first, and a dry run asks nothing: add --server")
	}
	if err != nil {
		return &usageError{err}
	}
	d := dryRequest{Type: c.req.Type.String()}
	if err := d.wire(ctx, t, c.req); err != nil {
		return err
	}
	if d.Operation, err = d.readBack(c.req); err != nil {
		return err
	}
	if a.console.WritesJSON() {
		return a.console.WriteJSON(d)
	}
	return a.show(&d)
}

// wire has the form in which the backend carries the request.
func (d *dryRequest) wire(ctx context.Context, t *target.Target, req *protocol.Request) error {
	if t.Backend == target.Postgres {
		return d.notification(ctx, t, req)
	}
	d.Message = req.AppendMsgpack(nil)
	d.Bytes = len(d.Message)
	if t.Backend != target.Mongo {
		d.Channel = emitter.RequestChannel(req.Prefix, req.Namespace, req.Server)
	}
	return nil
}

// notification has the driver for PostgreSQL write to nowhere.
func (d *dryRequest) notification(ctx context.Context, t *target.Target, req *protocol.Request) error {
	var db noDatabase
	driver := pgxdriver.New(&db, pgxdriver.Table(t.Table))
	defer closed(driver)
	if _, err := driver.Send(ctx, req); err != nil {
		return err
	}
	for i, arg := range db.args {
		switch arg := arg.(type) {
		case string:
			if i == 0 {
				d.Channel = arg
			} else {
				d.Payload = arg
			}
		case []byte:
			d.Message = arg
		}
	}
	d.Bytes = len(d.Payload) + len(d.Message)
	if d.Message != nil {
		d.Payload += "ROW}}"
	}
	return nil
}

// noDatabase is a database of pgx that keeps a statement's arguments.
type noDatabase struct{ args []any }

func (n *noDatabase) Exec(_ context.Context, _ string, args ...any) (pgconn.CommandTag, error) {
	n.args = args
	for i, arg := range args {
		if b, ok := arg.([]byte); ok { // the driver uses its memory again
			n.args[i] = append([]byte(nil), b...)
		}
	}
	return pgconn.CommandTag{}, nil
}

var errDry = errors.New("a dry run asks nothing")

func (*noDatabase) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, errDry }
func (*noDatabase) QueryRow(context.Context, string, ...any) pgx.Row        { return nil }
func (*noDatabase) Begin(context.Context) (pgx.Tx, error)                   { return nil, errDry }

// readBack decodes the message as a server would.
func (d *dryRequest) readBack(req *protocol.Request) (got *outbox.Operation, err error) {
	var back *protocol.Request
	if d.Message != nil {
		back, err = protocol.DecodeRequest(d.Message)
	} else {
		var n *pgxdriver.Notification
		if n, err = pgxdriver.Decode(d.Payload); err == nil {
			back = n.Request
		}
	}
	if err != nil {
		return nil, err
	}
	back.Prefix, back.Namespace, back.Server = req.Prefix, req.Namespace, req.Server
	return outbox.FromRequest(back)
}

func (a *app) show(d *dryRequest) error {
	text, err := json.MarshalIndent(d.Operation, "", "  ")
	if err != nil {
		return err
	}
	head := fmt.Sprintf("a %s request of %s, not sent", d.Type, plural(d.Bytes, "byte"))
	if d.Channel != "" {
		head += ", for channel " + d.Channel
	}
	if err := a.console.Line("%s\n%s", head, text); err != nil {
		return err
	}
	if d.Payload != "" {
		if err := a.console.Line("%s", d.Payload); err != nil {
			return err
		}
	}
	_, err = a.console.Write([]byte(hex.Dump(d.Message)))
	return err
}
