package answers

import (
	"context"

	"github.com/sioxide/emitter/protocol"
)

// Client is what a driver tells of its client library. Its methods may be called
// by many goroutines at once.
type Client interface {
	// Route names the connection on which to subscribe to channel, by a value that
	// can be compared: channels of the same name share a connection.
	Route(ctx context.Context, channel string) (connection any, err error)

	// Dial opens the connection that Route named and tells events what happens on
	// it, until Close.
	Dial(ctx context.Context, connection any, events Events) (Conn, error)

	// Redirected tells whether err, returned by Subscribe, says that the channel
	// belongs on another connection, and makes Route know.
	Redirected(ctx context.Context, err error) bool
}

// Conn is one connection. Subscribe and Unsubscribe are called one at a time; after
// an error of theirs that ctx caused, the connection is given up.
type Conn interface {
	// Subscribe returns once the backend has confirmed the subscription. When the
	// connection turns out to be lost, Events.Lost is called before it returns.
	Subscribe(ctx context.Context, channel string) error

	// Unsubscribe returns once the backend has confirmed the end of the
	// subscription.
	Unsubscribe(ctx context.Context, channel string) error

	// Close closes the connection, also one that is lost; it is called once.
	Close()
}

// Events takes what happens on a connection. Its methods do not block, and may be
// called before Dial has returned.
type Events interface {
	// Message takes what arrived on a channel, an addressed response in msgpack, and
	// may keep data.
	Message(data []byte)
	// Response takes an answer that the driver has decoded by itself, where the
	// backend carries another form.
	Response(res *protocol.Response)

	// Ended takes a subscription that the backend has ended by itself.
	Ended(channel string, err error)

	// Lost takes the end of the connection.
	Lost(err error)
}
