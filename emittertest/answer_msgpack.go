//go:build !nomsgpack

package emittertest

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

func init() { encodeAnswer[protocol.Binary] = (*parser.Buffer).MsgpackAnswer }
