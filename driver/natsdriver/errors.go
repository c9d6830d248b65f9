package natsdriver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter"
)

// prefixed names the driver; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("natsdriver: %w", err)
}

// errOf returns the first error.
func errOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func failed(t *target, err error) error {
	return fmt.Errorf("publish on %q: %w", t.subject, withRemedy(err))
}

func notSent(t *target, err error) error { return emitter.NotSent(failed(t, err)) }

func doubtful(t *target, err error) error {
	return fmt.Errorf("%w (the server had not confirmed it: it may have been delivered, or may be yet)", failed(t, err))
}

// beside is the error of what went together with a message that was refused.
func beside(t *target, refusal error) error {
	return fmt.Errorf("publish on %q: the server has refused another message of the same round trip, and may have refused this one: %w", t.subject, refusal)
}

var (
	errNoCount      = fmt.Errorf("%w: NATS does not tell how many servers there are", emitter.ErrUnsupported)
	errLost         = errors.New("the connection was lost meanwhile")
	errDisconnected = fmt.Errorf("%w: the client is trying to connect again", nats.ErrDisconnected)
)

// connected returns why nothing can be published now. While the client reconnects it
// would buffer, and deliver at any time later.
func connected(conn *nats.Conn) error {
	switch conn.Status() {
	case nats.CONNECTED, nats.DRAINING_SUBS:
		return nil
	case nats.CLOSED, nats.DISCONNECTED:
		return nats.ErrConnectionClosed
	case nats.DRAINING_PUBS:
		return nats.ErrConnectionDraining
	}
	return errDisconnected
}

// rejections are the errors of the client that it gives before it has taken a message.
var rejections = []error{
	nats.ErrConnectionClosed, nats.ErrConnectionDraining, nats.ErrMaxPayload, nats.ErrReconnectBufExceeded,
	nats.ErrBadSubject, nats.ErrInvalidConnection, nats.ErrHeadersNotSupported,
}

func isRejection(err error) bool {
	return slices.ContainsFunc(rejections, func(target error) bool { return errors.Is(err, target) })
}

// refuses tells whether the server's error is about publishing on subject (nats-server
// 2.15, server/client.go: pubPermissionViolation).
func refuses(err error, subject string) bool {
	return strings.Contains(err.Error(), fmt.Sprintf("Publish to %q", subject))
}

// ended tells whose end ended a round trip: that of ctx, or of the patience with the
// server.
func (s *sender) ended(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: the server said nothing for %v", emitter.ErrTimeout, s.patience)
	}
	return err
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error) error {
	remedy := ""
	switch {
	case errors.Is(err, nats.ErrPermissionViolation):
		remedy = "allow the NATS user to publish there"
	case errors.Is(err, nats.ErrDisconnected):
		remedy = "check the address, and that nats-server runs there; nothing is buffered, so send again"
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		remedy = "the connection must outlive the driver; see its MaxReconnects and LastError"
	case errors.Is(err, nats.ErrMaxPayload):
		remedy = "see max_payload in nats-server's configuration"
	}
	if remedy == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, remedy)
}
