//go:build !nocommon

package emittertest

import (
	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

func init() { encodeAnswer[protocol.Text] = (*parser.Buffer).CommonAnswer }
