//go:build !nomsgpack

package parser

import "github.com/sioxide/emitter/protocol"

// Msgpack encodes an event for clusters of the msgpack parser: one msgpack array,
// with binaries as bin. The error is an *ArgumentError.
func (b *Buffer) Msgpack(event string, args []any) (protocol.Value, error) {
	b.begin()
	dst := b.packString(packArrayHead(b.data, 1+len(args)), event)
	for i, arg := range args {
		var err error
		if dst, err = b.packAny(dst, arg); err != nil {
			err = b.argumentError(i, err)
			b.data = dst
			b.begin()
			return protocol.Value{}, err
		}
	}
	b.data = dst
	v := protocol.Value{Kind: protocol.Binary, Data: b.data}
	if len(b.splices) > 0 {
		v.Splices = b.splices
	}
	return v, nil
}
