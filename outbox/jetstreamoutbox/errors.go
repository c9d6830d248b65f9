package jetstreamoutbox

import (
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sioxide/emitter"
)

// prefixed names the driver; it stands at the exported boundary.
func prefixed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("jetstreamoutbox: %w", err)
}

// rejections are the errors after which certainly nothing was published: the client's
// before it takes a message, and that nobody listens.
var rejections = []error{
	nats.ErrConnectionClosed, nats.ErrConnectionDraining, nats.ErrMaxPayload, nats.ErrReconnectBufExceeded,
	nats.ErrBadSubject, nats.ErrInvalidConnection, nats.ErrHeadersNotSupported,
	jetstream.ErrNoStreamResponse, jetstream.ErrTooManyStalledMsgs,
}

// failed says what an error of publishing m means. An answer of the stream that is one
// says that it did not take the message.
func failed(m *nats.Msg, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, nats.ErrMaxPayload) {
		err = fmt.Errorf("%w: the operation has %d bytes: %w", emitter.ErrTooLarge, len(m.Data), err)
	}
	err = fmt.Errorf("publish on %q: %w", m.Subject, withRemedy(err))
	var answer *jetstream.APIError
	if errors.As(err, &answer) || slices.ContainsFunc(rejections, func(r error) bool { return errors.Is(err, r) }) {
		return emitter.NotSent(err)
	}
	return fmt.Errorf("%w (it may have been written, or may be yet)", err)
}

// withRemedy adds what to do about err, where that is known.
func withRemedy(err error) error {
	for _, known := range []struct {
		err    error
		remedy string
	}{
		{jetstream.ErrStreamNotFound, "create it: nats stream add STREAM --subjects NAME.0,NAME.1,… --defaults"},
		{jetstream.ErrNoStreamResponse, "the stream is not there or has no leader"},
		{jetstream.ErrJetStreamNotEnabled, "start nats-server with -js"},
		{nats.ErrMaxPayload, "see max_payload in nats-server's configuration"},
		{nats.ErrConnectionClosed, "the connection must outlive the driver; see its MaxReconnects and LastError"},
	} {
		if errors.Is(err, known.err) {
			return fmt.Errorf("%w (%s)", err, known.remedy)
		}
	}
	return err
}
