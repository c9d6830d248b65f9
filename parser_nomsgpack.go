//go:build nomsgpack && !nocommon

package emitter

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

func encodeMsgpack(*parser.Buffer, string, []any) (protocol.Value, error) {
	return protocol.Value{}, refuse(ErrParser, "built with nomsgpack: use New, for a cluster of the common parser")
}
