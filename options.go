package emitter

// Parser is one of the two parsers that Socket.IO knows. The servers of a
// cluster, its clients and every emitter must use the same one.
type Parser uint8

const (
	// Common is the default parser of Socket.IO: JSON with binary attachments.
	Common Parser = iota
	// Msgpack is the parser of the JavaScript package socket.io-msgpack-parser.
	Msgpack
)

// String returns the parser's name, "common" or "msgpack".
func (p Parser) String() string {
	switch p {
	case Common:
		return "common"
	case Msgpack:
		return "msgpack"
	}
	return "unknown"
}

// DefaultPrefix is the prefix of the channels of a cluster whose servers set none.
const DefaultPrefix = "socket.io"

// DefaultMaxMessage is the largest message sent unless WithMaxMessage says
// otherwise, in bytes of the wire form.
const DefaultMaxMessage = 4 << 20

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	parser         Parser
	prefix         string
	maxMessage     int
	requireServers bool
	oncePerSocket  bool
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithParser sets the parser, overriding the one of New (Common) or NewMsgpack.
func WithParser(p Parser) Option { return optionFunc(func(c *config) { c.parser = p }) }

// WithPrefix sets the prefix that the servers of the cluster use, overriding the
// default of "socket.io".
func WithPrefix(prefix string) Option { return optionFunc(func(c *config) { c.prefix = prefix }) }

// WithMaxMessage sets the largest message that is sent, in bytes of the wire form,
// overriding the default of 4 MiB; 0 or less keeps the default. Redis closes the
// connections of servers that lag by more than its client-output-buffer-limit for
// pub/sub (32 MiB by default), and they do not come back.
func WithMaxMessage(bytes int) Option {
	return optionFunc(func(c *config) {
		if bytes > 0 {
			c.maxMessage = bytes
		}
	})
}

// RequireServers makes every operation return ErrNoServers when no server listens
// in the namespace. Without it nobody listening is no error, as a dynamic
// namespace has no server before its first client.
func RequireServers() Option { return optionFunc(func(c *config) { c.requireServers = true }) }

// OncePerSocket is for clusters with servers before socketioxide-core 0.20, which
// deliver an event twice to a socket that is in two of the rooms it is sent to. An
// event to n rooms then goes out as n requests, one for each room, with the rooms
// before it excluded. Off by default: newer servers do not need it.
func OncePerSocket() Option { return optionFunc(func(c *config) { c.oncePerSocket = true }) }
