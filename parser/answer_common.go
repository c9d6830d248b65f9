//go:build !nocommon

package parser

import "github.com/sioxide/emitter/protocol"

// CommonAnswer encodes the arguments of an ack as Common encodes an event, without
// an event's name.
func (b *Buffer) CommonAnswer(args []any) (protocol.Value, error) {
	b.begin()
	dst := append(b.data, '[')
	for i, arg := range args {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = b.textAny(dst, arg); err != nil {
			return protocol.Value{}, b.failed(dst, i, err)
		}
	}
	return b.textDone(append(dst, ']')), nil
}
