//go:build !nocommon || !nomsgpack

package emitter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/sioxide/emitter/parser"
	"github.com/sioxide/emitter/protocol"
)

func (e *Emitter) forwardEvent(ctx context.Context, o *operation) error {
	return e.sendEvent(ctx, o)
}

// checkForwardEvent reads an event as clients do, who disconnect where they can't.
func (e *Emitter) checkForwardEvent(req *protocol.Request) error {
	p := &req.Packet
	if err := e.fits(p); err != nil {
		return err
	}
	if p.Type != packetType(&p.Data) {
		return badEvent(errors.New("its packet type does not fit its binaries"))
	}
	text, binaries, err := parser.JSON(&p.Data)
	if err != nil {
		return badEvent(err)
	}
	if !utf8.Valid(text) {
		return badEvent(errors.New("it is not UTF-8"))
	}
	if n := len(p.Data.Attachments); p.Data.Kind == protocol.Text && n != len(binaries) {
		return badEvent(errors.New("not every attachment has its place in it"))
	}
	name, err := eventName(text, binaries)
	if err != nil {
		return badEvent(err)
	}
	return checkEvent(name)
}

// eventName returns the first element of an event's JSON.
func eventName(text []byte, binaries []parser.Binary) (name string, err error) {
	from := bytes.IndexByte(text, '"')
	if string(bytes.TrimSpace(text[:max(from, 0)])) != "[" || len(binaries) > 0 && binaries[0].From == from {
		return "", errors.New("it does not begin with a name")
	}
	err = json.NewDecoder(bytes.NewReader(text[from:])).Decode(&name)
	return name, err
}
