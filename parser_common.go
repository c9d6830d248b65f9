//go:build !nocommon

package emitter

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

func encodeCommon(b *parser.Buffer, event string, args []any) (protocol.Value, error) {
	return b.Common(event, args)
}
