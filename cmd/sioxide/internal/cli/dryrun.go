package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
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
	Bytes     int               `json:"bytes"`
	Message   []byte            `json:"message"` // base64
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
	d := dryRequest{Type: c.req.Type.String(), Message: c.req.AppendMsgpack(nil)}
	d.Bytes = len(d.Message)
	if t.Backend == target.Redis {
		d.Channel = emitter.RequestChannel(c.req.Prefix, c.req.Namespace, c.req.Server)
	}
	if d.Operation, err = readBack(c.req, d.Message); err != nil {
		return err
	}
	if a.console.WritesJSON() {
		return a.console.WriteJSON(d)
	}
	return a.showDry(&d)
}

// readBack decodes the message as a server would.
func readBack(req *protocol.Request, message []byte) (*outbox.Operation, error) {
	got, err := protocol.DecodeRequest(message)
	if err != nil {
		return nil, err
	}
	got.Prefix, got.Namespace, got.Server = req.Prefix, req.Namespace, req.Server
	return outbox.FromRequest(got)
}

func (a *app) showDry(d *dryRequest) error {
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
	_, err = a.console.Write([]byte(hex.Dump(d.Message)))
	return err
}
