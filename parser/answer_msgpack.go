//go:build !nomsgpack

package parser

import "github.com/sioxide/emitter/protocol"

// MsgpackAnswer encodes the arguments of an ack as Msgpack encodes an event,
// without an event's name.
func (b *Buffer) MsgpackAnswer(args []any) (protocol.Value, error) {
	b.begin()
	dst := packArrayHead(b.data, len(args))
	for i, arg := range args {
		var err error
		if dst, err = b.packAny(dst, arg); err != nil {
			return protocol.Value{}, b.failed(dst, i, err)
		}
	}
	return b.packDone(dst), nil
}
