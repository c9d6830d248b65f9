//go:build !nomsgpack

package emitter

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// NewMsgpack makes an emitter for a cluster whose servers and clients use the
// msgpack parser. All else is as with New. To a cluster of the common parser it
// does harm: each server that gets one of its events stops listening to the
// others until it is restarted.
func NewMsgpack(d Driver, opts ...Option) Emitter { return newEmitter(d, Msgpack, opts) }

func encodeMsgpack(b *parser.Buffer, event string, args []any) (protocol.Value, error) {
	return b.Msgpack(event, args)
}
