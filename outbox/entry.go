package outbox

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// Entry is an operation as it is put where operations wait.
type Entry struct {
	Key  string // operations of one key keep their order
	ID   string // of the operation: a relay performs what comes twice once
	Data []byte // its JSON form
}

// EncodeOption changes what Encode makes.
type EncodeOption interface{ applyEncode(*encodeConfig) }

type encodeConfig struct {
	raw bool
	key func(*protocol.Request) string
}

type encodeOption func(*encodeConfig)

func (f encodeOption) applyEncode(c *encodeConfig) { f(c) }

// AsRaw writes the raw form, overriding the default of the form with op, which any
// parser can perform: see FromRequestRaw.
func AsRaw() EncodeOption { return encodeOption(func(c *encodeConfig) { c.raw = true }) }

// WithKey sets what operations keep their order by, overriding DefaultKey: by a room or
// a customer, say, where one namespace is too much for one partition. The function must
// not change or keep the request.
func WithKey(key func(*protocol.Request) string) EncodeOption {
	return encodeOption(func(c *encodeConfig) { c.key = key })
}

// DefaultKey is a request's prefix and namespace, joined by a '#': an emitter promises
// order for each channel, and no more.
func DefaultKey(req *protocol.Request) string {
	return cmp.Or(req.Prefix, emitter.DefaultPrefix) + "#" + cmp.Or(req.Namespace, "/")
}

// Encode makes of a request what a Driver that keeps operations for later puts down:
// its operation with the request's id, written now. Everything that Send of such a
// driver must refuse is an error marked by emitter.NotSent: a question, and a request
// that is to count servers (RequireServers), are emitter.ErrUnsupported, as nobody can
// answer before the operation is performed. The entry shares no memory with req.
func Encode(req *protocol.Request, opts ...EncodeOption) (Entry, error) {
	c := encodeConfig{key: DefaultKey}
	for _, o := range opts {
		if o != nil {
			o.applyEncode(&c)
		}
	}
	if c.key == nil {
		c.key = DefaultKey
	}
	e, err := c.entry(req)
	if err != nil {
		return Entry{}, emitter.NotSent(fmt.Errorf("outbox: %w", err))
	}
	return e, nil
}

func (c *encodeConfig) entry(req *protocol.Request) (Entry, error) {
	switch {
	case req.Raw == nil && req.Type.IsAnswered():
		return Entry{}, fmt.Errorf("%w: an outbox can't be asked; ask through a driver of the cluster", emitter.ErrUnsupported)
	case req.Count:
		return Entry{}, fmt.Errorf("%w: an outbox can't count servers; leave RequireServers out", emitter.ErrUnsupported)
	}
	from := fromRequest
	if c.raw || req.Raw != nil {
		from = fromRequestRaw
	}
	o, err := from(req)
	if err != nil {
		return Entry{}, fmt.Errorf("operation of a %s request: %w", req.Type, err)
	}
	if o.ID == "" {
		return Entry{}, errors.New("the request has no id")
	}
	o.At = time.Now().UTC()
	data, err := o.encode()
	if err != nil {
		return Entry{}, err
	}
	return Entry{Key: c.key(req), ID: o.ID, Data: data}, nil
}
