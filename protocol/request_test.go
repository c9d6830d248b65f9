package protocol

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	testNode = ID([]byte("NNNNNNNNNNNNNNNN"))
	testID   = ID([]byte("IIIIIIIIIIIIIIII"))
	testSid  = ID([]byte("SSSSSSSSSSSSSSSS"))
)

func textPacket(text string, attachments ...[]byte) Packet {
	t := Event
	if len(attachments) > 0 {
		t = BinaryEvent
	}
	return Packet{Namespace: "/", Type: t, Data: Value{Kind: Text, Data: []byte(text), Attachments: attachments}}
}

// requests are one of each form, with every header length of msgpack.
func requests() map[string]*Request {
	long := strings.Repeat("x", 70_000)
	rooms := make([]string, 70_000)
	for i := range rooms {
		rooms[i] = long[:i%40+1]
	}
	return map[string]*Request{
		"broadcast":     {Type: Broadcast, Packet: textPacket(`["a"]`), Opts: Opts{Flags: FlagBroadcast}},
		"to and except": {Type: Broadcast, Packet: textPacket(`["a"]`), Opts: Opts{Flags: FlagBroadcast | FlagVolatile, Rooms: []string{"r", long[:31], long[:32]}, Except: []string{long[:255], long[:256]}}},
		"socket":        {Type: Broadcast, Packet: textPacket(`["a"]`), Opts: Opts{Sid: testSid}},
		"long":          {Type: Broadcast, Packet: textPacket(long), Opts: Opts{Rooms: []string{long}}},
		"256":           {Type: Broadcast, Packet: textPacket(long[:256])},
		"attachments":   {Type: Broadcast, Packet: textPacket(`["a"]`, []byte{}, []byte("b"), []byte(long[:300]), []byte(long))},
		"msgpack":       {Type: Broadcast, Packet: Packet{Namespace: "/admin", Type: Event, Data: Value{Kind: Binary, Data: []byte{0x91, 0xa1, 'a'}}}},
		"ack":           {Type: BroadcastWithAck, Packet: textPacket(`["a"]`), AckTimeout: 1500 * time.Microsecond},
		"ack long":      {Type: BroadcastWithAck, Packet: textPacket(`["a"]`), AckTimeout: 100 * time.Second},
		"disconnect":    {Type: DisconnectSockets, Opts: Opts{Flags: FlagBroadcast}},
		"join":          {Type: AddSockets, Rooms: []string{"a", "b"}, Opts: Opts{Flags: FlagBroadcast}},
		"leave many":    {Type: DelSockets, Rooms: rooms, Opts: Opts{Flags: FlagBroadcast, Rooms: rooms[:20]}},
		"rooms":         {Type: AllRooms},
		"sockets":       {Type: FetchSockets, Opts: Opts{Flags: FlagBroadcast, Sid: testSid}},
	}
}

func TestRequestComesBackFromItsWireForm(t *testing.T) {
	for name, req := range requests() {
		req.Node, req.ID = testNode, testID
		wire := req.AppendMsgpack([]byte("before"))[len("before"):]
		if len(wire) != req.MsgpackLen() {
			t.Errorf("%s: MsgpackLen is %d, the wire form has %d bytes", name, req.MsgpackLen(), len(wire))
		}
		got, err := DecodeRequest(wire)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := req.Clone()
		want.Namespace = want.Packet.Namespace
		want.AckTimeout = time.Duration(req.ackTimeoutMillis()) * time.Millisecond
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

func TestSplicesStandInPlace(t *testing.T) {
	spliced := Value{Kind: Text, Data: []byte("ad"), Splices: []Splice{{0, []byte("<")}, {1, []byte("b")}, {1, []byte("c")}, {2, []byte(">")}}}
	plain := Value{Kind: Text, Data: []byte("<abcd>")}
	req := func(v Value) *Request {
		return &Request{Node: testNode, ID: testID, Packet: Packet{Namespace: "/", Type: Event, Data: v}}
	}
	a, b := req(spliced), req(plain)
	if got, want := a.AppendMsgpack(nil), b.AppendMsgpack(nil); !bytes.Equal(got, want) {
		t.Errorf("with splices %q, without %q", got, want)
	}
	if a.MsgpackLen() != b.MsgpackLen() {
		t.Errorf("MsgpackLen with splices %d, without %d", a.MsgpackLen(), b.MsgpackLen())
	}
	if c := spliced.Clone(); !reflect.DeepEqual(c, plain) {
		t.Errorf("Clone is %+v, want %+v", c, plain)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	blob := []byte("blob")
	req := &Request{Type: AddSockets, Packet: textPacket(`["a"]`, blob), Rooms: []string{"r"}, Opts: Opts{Rooms: []string{"o"}, Except: []string{"e"}}}
	c := req.Clone()
	blob[0], req.Packet.Data.Data[2] = 'X', 'X'
	req.Rooms[0], req.Opts.Rooms[0], req.Opts.Except[0] = "X", "X", "X"
	want := &Request{Type: AddSockets, Packet: textPacket(`["a"]`, []byte("blob")), Rooms: []string{"r"}, Opts: Opts{Rooms: []string{"o"}, Except: []string{"e"}}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("the clone changed with the original: %+v", c)
	}
}

// TestCloneInto: whatever a request was before, it becomes what Clone returns, and
// shares nothing with its model.
func TestCloneInto(t *testing.T) {
	var c Request
	for range 2 {
		for before, old := range requests() {
			for name, req := range requests() {
				old.CloneInto(&c)
				req.CloneInto(&c)
				want := req.AppendMsgpack(nil)
				if got := c.AppendMsgpack(nil); !bytes.Equal(got, want) || c.AckTimeout != req.AckTimeout || c.Server != req.Server {
					t.Errorf("%s, where %s was before:\n got %q\nwant %q", name, before, got, want)
				}
				clear(req.Packet.Data.Data)
				clear(req.Rooms)
				clear(req.Opts.Rooms)
				clear(req.Opts.Except)
				for _, a := range req.Packet.Data.Attachments {
					clear(a)
				}
				if got := c.AppendMsgpack(nil); !bytes.Equal(got, want) {
					t.Errorf("%s changed with its model: %q", name, got)
				}
			}
		}
	}
	spliced := &Request{Packet: Packet{Data: Value{Data: []byte("ac"), Splices: []Splice{{1, []byte("b")}}}}}
	if spliced.CloneInto(&c); string(c.Packet.Data.AppendData(nil)) != "abc" || c.Packet.Data.Splices != nil {
		t.Errorf("a request with splices became %+v", &c)
	}
	raw := &Request{Raw: []byte("wire")}
	if raw.CloneInto(&c); !reflect.DeepEqual(&c, raw) {
		t.Errorf("a raw request became %+v", &c)
	}
}

func TestRawIsSentAsItIs(t *testing.T) {
	req := &Request{Raw: []byte("wire"), Packet: textPacket(`["a"]`), Rooms: []string{"r"}}
	if got := string(req.AppendMsgpack([]byte("> "))); got != "> wire" || req.MsgpackLen() != 4 {
		t.Errorf("%q of length %d, want the raw bytes", got, req.MsgpackLen())
	}
	if c := req.Clone(); &c.Raw[0] != &req.Raw[0] || c.Rooms != nil {
		t.Errorf("a clone of a raw request has %+v, want the same raw bytes alone", c)
	}
}

func TestRequestWithFieldNames(t *testing.T) {
	packet := cat("\x85", str("error"), "\xc0", str("data"), "\x93\x00", "\x92\x5b\x5d", "\xc0", str("ns"), str("/"), str("type"), "\x02", str("later"), "\x81\xc0\x91\x01")
	opts := cat("\x85", str("flags"), "\x02", str("rooms"), "\x90", str("except"), "\x91\xa1e", str("sid"), "\xc0", str("server_id"), "\xc0")
	wire := cat("\x87", str("type"), "\x00", str("opts"), opts, str("new"), "\xd6\x00aaaa", str("packet"), packet, str("id"), str(testID.String()), str("node_id"), str(testNode.String()), str("ack_timeout_ms"), "\xc0")
	got, err := DecodeRequest([]byte(wire))
	if err != nil {
		t.Fatal(err)
	}
	want := &Request{Namespace: "/", Node: testNode, ID: testID, Packet: textPacket("[]"), Opts: Opts{Flags: FlagBroadcast, Except: []string{"e"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func str(s string) string { return string(appendString(nil, s)) }

func cat(parts ...string) string { return strings.Join(parts, "") }
