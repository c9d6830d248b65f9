package pgxdriver

import (
	"context"
	"fmt"
	"slices"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// sender puts encoded requests on a database, each call in one statement. Where
// callers share connections, a Driver puts a Coalescer before it.
type sender struct {
	db    database
	sql   statements
	table string
}

var _ emitter.BulkDriver = (*sender)(nil)

// Send sends one encoded request.
func (s *sender) Send(ctx context.Context, req *protocol.Request) (int, error) {
	channel := Channel(req.Prefix, req.Namespace, req.Server)
	st := statement{sql: s.sql.inline}
	if isInline(req) {
		st.args = []any{channel, string(req.Raw)}
	} else {
		st = statement{sql: s.sql.attached, rows: true, args: []any{channel, attachmentHead(req.Node), req.Raw, 0.0}}
	}
	st.sure = needsSureness(req)
	if err := s.db.run(ctx, &st); err != nil {
		return -1, s.failed(req, channel, err)
	}
	return -1, nil
}

// needsSureness tells whether a request is worth a round trip that proves the
// connection alive: a question that is an event can't be asked again in doubt.
func needsSureness(req *protocol.Request) bool { return req.Type == protocol.BroadcastWithAck }

// failed says what was done.
func (s *sender) failed(req *protocol.Request, channel string, err error) error {
	if isInline(req) {
		return fmt.Errorf("notify %s: %w", channel, err)
	}
	return fmt.Errorf("insert an attachment of %d bytes and notify %s: %w", len(req.Raw), channel, withTable(err, s.table))
}

// SendAll sends what concurrent callers gathered. When the statement is refused,
// nothing of it was sent, and the others' fault must not be anybody's: then requests
// with and without attachments go in statements of their own.
func (s *sender) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	err := s.sendAll(ctx, reqs)
	var parts [2][]int
	for i, req := range reqs {
		servers[i], errs[i] = -1, nil
		kind := 0
		if !isInline(req) {
			kind = 1
		}
		parts[kind] = append(parts[kind], i)
	}
	mixed := len(parts[0]) > 0 && len(parts[1]) > 0
	for _, part := range parts {
		if err == nil || len(part) == 0 {
			continue
		}
		failure := err
		if mixed && emitter.SafeToRetry(err) && ctx.Err() == nil {
			some := make([]*protocol.Request, len(part))
			for i, at := range part {
				some[i] = reqs[at]
			}
			failure = s.sendAll(ctx, some)
		}
		for _, at := range part {
			errs[at] = failure
		}
	}
	return firstOf(errs[:len(reqs)])
}

// sendAll sends encoded requests in order, in one statement.
func (s *sender) sendAll(ctx context.Context, reqs []*protocol.Request) error {
	n := len(reqs)
	channels, payloads := make([]string, n), make([]string, n)
	numbers := make([]int64, n)
	var bodies [][]byte
	names := make(map[channelKey]string, 1)
	for i, req := range reqs {
		key := channelKey{req.Prefix, req.Namespace, req.Server}
		name, known := names[key]
		if !known {
			name = Channel(key.prefix, key.namespace, key.server)
			names[key] = name
		}
		channels[i] = name
		if isInline(req) {
			payloads[i] = string(req.Raw)
			continue
		}
		payloads[i] = attachmentHead(req.Node)
		bodies = append(bodies, req.Raw)
		numbers[i] = int64(len(bodies))
	}
	st := statement{sql: s.sql.inlineAll, args: []any{channels, payloads}}
	if len(bodies) > 0 {
		st = statement{sql: s.sql.mixedAll, rows: true, args: []any{channels, payloads, numbers, bodies, 0.0}}
	}
	st.sure = slices.ContainsFunc(reqs, needsSureness)
	err := s.db.run(ctx, &st)
	switch {
	case err == nil:
		return nil
	case len(bodies) == 0:
		return fmt.Errorf("notify %d times: %w", n, err)
	}
	return fmt.Errorf("insert %d attachments and notify %d times: %w", len(bodies), n, withTable(err, s.table))
}

type channelKey struct{ prefix, namespace, server string }

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
