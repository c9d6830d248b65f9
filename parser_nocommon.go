//go:build nocommon && !nomsgpack

package emitter

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

// encodeCommon refuses: a msgpack value in its place would make servers of the
// common parser deaf.
func encodeCommon(*parser.Buffer, string, []any) (protocol.Value, error) {
	return protocol.Value{}, refuse(ErrParser, "built with nocommon: use NewMsgpack")
}
