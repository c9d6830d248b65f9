//go:build nocommon && nomsgpack

package outbox

import (
	"context"
	"fmt"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

func (o *Operation) setEvent(*protocol.Value) error {
	return fmt.Errorf("an event can't be read: %w", emitter.ErrParser)
}

func (o *Operation) emit(context.Context, emitter.Emitter) error {
	return emitter.NotSent(fmt.Errorf("outbox: perform: %w: this program was built without parsers (tags nocommon, nomsgpack)", emitter.ErrParser))
}
