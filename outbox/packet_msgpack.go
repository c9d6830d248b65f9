//go:build nocommon && !nomsgpack

package outbox

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

func encodeArgs(buf *parser.Buffer, args []any) (protocol.Value, error) {
	return buf.MsgpackAnswer(args)
}
