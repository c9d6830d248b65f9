package main

import (
	"context"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// discard is a driver that encodes every request into the same buffer.
type discard struct{ buf []byte }

// Send implements emitter.Driver.
func (d *discard) Send(_ context.Context, req *protocol.Request) (int, error) {
	d.buf = req.AppendMsgpack(d.buf[:0])
	return -1, nil
}

// readyEncode is a whole emit, up to the bytes that a driver would send.
func readyEncode(_ *contestant, in input) (operation, int, error) {
	value, err := in.value()
	if err != nil {
		return nil, 0, err
	}
	d := new(discard)
	io, ctx, args := in.emitter(d), context.Background(), []any{value}
	if err := io.Emit(ctx, "event", args...); err != nil {
		return nil, 0, err
	}
	return repeat(func() error { return io.Emit(ctx, "event", args...) }), len(d.buf), nil
}

func readyCopy(_ *contestant, in input) (operation, int, error) {
	src, err := in.text()
	dst := make([]byte, len(src))
	return repeat(func() error {
		copy(dst, src)
		return nil
	}), len(src), err
}

// readyValidCopy looks whether a text is UTF-8, and copies it.
func readyValidCopy(_ *contestant, in input) (operation, int, error) {
	src, err := in.text()
	dst := make([]byte, len(src))
	return repeat(func() error {
		if !utf8.Valid(src) {
			return errors.New("the text is not UTF-8")
		}
		copy(dst, src)
		return nil
	}), len(src), err
}

// readyJSON is encoding/json of the event.
func readyJSON(_ *contestant, in input) (operation, int, error) {
	value, err := in.value()
	if err != nil {
		return nil, 0, err
	}
	event := []any{"event", value}
	text, err := json.Marshal(event)
	return repeat(func() error {
		_, err := json.Marshal(event)
		return err
	}), len(text), err
}

func repeat(once func() error) operation {
	return func(n int) error {
		for range n {
			if err := once(); err != nil {
				return err
			}
		}
		return nil
	}
}

var _ emitter.Driver = (*discard)(nil)
