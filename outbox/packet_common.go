//go:build !nocommon

package outbox

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// encodeArgs uses the common parser, whose text has every number as it was. An
// object that looks like its placeholder beside a binary is an error then.
func encodeArgs(buf *parser.Buffer, args []any) (protocol.Value, error) {
	return buf.CommonAnswer(args)
}
