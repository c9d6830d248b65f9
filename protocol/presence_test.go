package protocol_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/sioxide/emitter/protocol"
)

func TestPresence(t *testing.T) {
	node := protocol.ID([]byte("AAAAAAAAAAAAAAAA"))
	const id = "\xb0AAAAAAAAAAAAAAAA"
	for _, c := range []struct {
		wire string
		p    protocol.Presence
	}{
		{"\x93\x01" + id + "\xc0", protocol.Presence{Node: node, IsQuestion: true}},
		{"\x93\x01" + id + "\x90", protocol.Presence{Node: node}},
		{"\x93\x01" + id + "\x92\xa1a\xa1b", protocol.Presence{Node: node, Channels: []string{"a", "b"}}},
	} {
		if got := c.p.AppendMsgpack(nil); string(got) != c.wire {
			t.Errorf("%+v is %q, want %q", c.p, got, c.wire)
		}
		got, err := protocol.DecodePresence([]byte(c.wire))
		if err != nil || !reflect.DeepEqual(*got, c.p) {
			t.Errorf("%q is %+v, %v, want %+v", c.wire, got, err, c.p)
		}
	}
	for _, bad := range []string{
		"", "\xc0", "\x93", "\x92\x01" + id, "\x93\x02" + id + "\xc0", "\x93\x01\xa1A\xc0", "\x93\x01" + id + "\x01",
		"\x93\x01" + id + "\x91\xc0", "\x93\x01" + id + "\xdd\xff\xff\xff\xff", "\x93\x01" + id + "\xc0\xc0",
	} {
		if got, err := protocol.DecodePresence([]byte(bad)); !errors.Is(err, protocol.ErrMalformed) || got != nil {
			t.Errorf("%q is %+v, %v, want ErrMalformed", bad, got, err)
		}
	}
}

func FuzzDecodePresence(f *testing.F) {
	f.Add((&protocol.Presence{Node: protocol.NewNodeID(), Channels: []string{"socket.io-request#/#"}}).AppendMsgpack(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := protocol.DecodePresence(data)
		if err != nil {
			return
		}
		wire := p.AppendMsgpack(nil)
		again, err := protocol.DecodePresence(wire)
		if err != nil || !bytes.Equal(again.AppendMsgpack(nil), wire) {
			t.Errorf("%q is read as %+v, then %+v, %v", data, p, again, err)
		}
	})
}
