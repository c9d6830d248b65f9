//go:build !nocommon

package parser

import "github.com/sioxide/emitter/protocol"

// Common encodes an event for clusters of the common parser: JSON text, in which
// a placeholder stands for each binary. The error is an *ArgumentError.
func (b *Buffer) Common(event string, args []any) (protocol.Value, error) {
	b.begin()
	dst := b.textString(append(b.data, '['), event)
	for i, arg := range args {
		var err error
		if dst, err = b.textAny(append(dst, ','), arg); err != nil {
			return protocol.Value{}, b.failed(dst, i, err)
		}
	}
	return b.textDone(append(dst, ']')), nil
}

func (b *Buffer) textDone(data []byte) protocol.Value {
	b.data = data
	v := protocol.Value{Kind: protocol.Text, Data: b.data}
	if len(b.splices) > 0 {
		v.Splices = b.splices
	}
	if len(b.attachments) > 0 {
		v.Attachments = b.attachments
	}
	return v
}
