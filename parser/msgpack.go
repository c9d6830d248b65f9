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
			return protocol.Value{}, b.failed(dst, i, err)
		}
	}
	return b.packDone(dst), nil
}

func (b *Buffer) packDone(data []byte) protocol.Value {
	b.data = data
	v := protocol.Value{Kind: protocol.Binary, Data: b.data}
	if len(b.splices) > 0 {
		v.Splices = b.splices
	}
	return v
}
