//go:build nocommon && nomsgpack

package emitter

import (
	"context"

	"github.com/sioxide/emitter/protocol"
)

func (e *Emitter) forwardEvent(ctx context.Context, o *operation) error { return e.send(ctx, o) }

func (e *Emitter) checkForwardEvent(req *protocol.Request) error {
	if err := e.fits(&req.Packet); err != nil {
		return err
	}
	return refuse(ErrParser, "this program was built without parsers (tags nocommon, nomsgpack)")
}
