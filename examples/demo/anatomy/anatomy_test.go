package anatomy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sioxide/emitter/protocol"
)

func id(c byte) (id protocol.ID) {
	for i := range id {
		id[i] = c
	}
	return id
}

func requests() map[string]*protocol.Request {
	text := protocol.Value{Data: []byte(`["e",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{{0xca, 0xfe}}}
	packed := protocol.Value{Kind: protocol.Binary, Data: []byte{0x92, 0xa1, 'e', 0xc4, 2, 0xca, 0xfe}}
	all := protocol.Opts{Flags: protocol.FlagBroadcast}
	return map[string]*protocol.Request{
		"binary event": {
			Type: protocol.Broadcast, Packet: protocol.Packet{Namespace: "/", Type: protocol.BinaryEvent, Data: text},
			Opts: protocol.Opts{Flags: protocol.FlagBroadcast | protocol.FlagVolatile, Rooms: []string{"a", "b"}, Except: []string{"c"}},
		},
		"msgpack with ack": {
			Type: protocol.BroadcastWithAck, Packet: protocol.Packet{Namespace: "/admin", Type: protocol.Event, Data: packed},
			Opts: all, AckTimeout: time.Second,
		},
		"join":    {Type: protocol.AddSockets, Rooms: []string{"vip"}, Opts: protocol.Opts{Sid: id('s')}},
		"sockets": {Type: protocol.FetchSockets, Opts: all},
	}
}

// rows prints parts as the page lists them: those that hold a value.
func rows(parts []Part) []string {
	var out []string
	for _, p := range parts {
		if !p.Head {
			out = append(out, fmt.Sprintf("%d-%d %s [%s] %s (%s)", p.From, p.To, p.Field, p.Group, p.Text, p.Note))
		}
	}
	return out
}

func TestRequest(t *testing.T) {
	for name, want := range map[string][]string{
		"binary event": {
			`1-18 node_id [node_id] "NNNNNNNNNNNNNNNN" ()`,
			`18-35 id [id] "IIIIIIIIIIIIIIII" ()`,
			`35-36 type [type] 0 (broadcast)`,
			`37-39 packet.ns [packet] "/" ()`,
			`39-40 packet.type [packet] 5 (event with attachments)`,
			`41-42 packet.data.kind [packet] 0 (text, of the common parser)`,
			`42-79 packet.data.bytes [packet] ["e",{"_placeholder":true,"num":0}] (35 bytes)`,
			`80-84 packet.data.attachments.0 [packet] <ca fe> (2 bytes)`,
			`84-85 packet.ack [packet] null ()`,
			`85-86 packet.error [packet] null ()`,
			`86-87 rooms [rooms] null ()`,
			`88-89 opts.flags [opts] 6 (broadcast, volatile)`,
			`90-92 opts.rooms.0 [opts] "a" ()`,
			`92-94 opts.rooms.1 [opts] "b" ()`,
			`95-97 opts.except.0 [opts] "c" ()`,
			`97-98 opts.sid [opts] null ()`,
			`98-99 opts.server_id [opts] null ()`,
		},
		"msgpack with ack": {
			`9-26 node_id [node_id] "NNNNNNNNNNNNNNNN" ()`,
			`29-46 id [id] "IIIIIIIIIIIIIIII" ()`,
			`51-52 type [type] 1 (broadcast with ack)`,
			`60-67 packet.ns [packet] "/admin" ()`,
			`67-68 packet.type [packet] 2 (event)`,
			`69-70 packet.data.kind [packet] 1 (binary, of the msgpack parser)`,
			`70-79 packet.data.bytes [packet] ["e",<ca fe>] (7 bytes)`,
			`79-80 packet.data.attachments [packet] null ()`,
			`80-81 packet.ack [packet] null ()`,
			`81-82 packet.error [packet] null ()`,
			`88-89 rooms [rooms] null ()`,
			`95-96 opts.flags [opts] 2 (broadcast)`,
			`96-97 opts.rooms [opts] none ()`,
			`97-98 opts.except [opts] none ()`,
			`98-99 opts.sid [opts] null ()`,
			`99-100 opts.server_id [opts] null ()`,
			`115-118 ack_timeout_ms [ack_timeout_ms] 1000 ()`,
		},
	} {
		req := requests()[name]
		req.Node, req.ID = id('N'), id('I')
		_, parts, err := Request(req.AppendMsgpack(nil))
		if got := rows(parts); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: error %v, parts\n%q\nwant\n%q", name, err, got, want)
		}
	}
}

func TestResponse(t *testing.T) {
	ok := protocol.Value{Data: []byte(`["yes"]`)}
	for name, tc := range map[string]struct {
		res  protocol.Response
		want []string
	}{
		"ack": {
			protocol.Response{Kind: protocol.KindAck, Ack: &protocol.Ack{Socket: id('s'), Value: ok}},
			[]string{
				`response.type.kind 0 (ack of a socket)`, `response.type.body.sid "ssssssssssssssss" ()`,
				`response.type.body.result.Ok.kind 0 (text, of the common parser)`,
				`response.type.body.result.Ok.bytes ["yes"] (7 bytes)`, `response.type.body.result.Ok.attachments null ()`,
			},
		},
		"late ack": {
			protocol.Response{Kind: protocol.KindAck, Ack: &protocol.Ack{Socket: id('s'), Err: protocol.AckTimedOut}},
			[]string{`response.type.kind 0 (ack of a socket)`, `response.type.body.sid "ssssssssssssssss" ()`, `response.type.body.result.Err "Timeout" ()`},
		},
		"rooms": {
			protocol.Response{Kind: protocol.KindRooms, Rooms: []string{"a"}},
			[]string{`response.type.kind 2 (rooms)`, `response.type.body.0 "a" ()`},
		},
		"sockets": {
			protocol.Response{Kind: protocol.KindSockets, Sockets: []protocol.Socket{{ID: id('s'), Server: id('v'), Namespace: "/"}}},
			[]string{
				`response.type.kind 3 (sockets)`, `response.type.body.0.sid "ssssssssssssssss" ()`,
				`response.type.body.0.server "vvvvvvvvvvvvvvvv" ()`, `response.type.body.0.ns "/" ()`,
			},
		},
	} {
		tc.res.Request, tc.res.Server = id('I'), id('v')
		_, parts, err := Response(tc.res.AppendAddressed(nil))
		want := append([]string{`request "IIIIIIIIIIIIIIII" ()`, `response.node_id "vvvvvvvvvvvvvvvv" ()`}, tc.want...)
		var got []string
		for _, p := range parts {
			if !p.Head {
				got = append(got, fmt.Sprintf("%s %s (%s)", p.Field, p.Text, p.Note))
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: error %v, parts\n%q\nwant\n%q", name, err, got, want)
		}
	}
}

// The Rust servers write a payload as an array of integers.
func TestPayloadAsIntegers(t *testing.T) {
	req := requests()["sockets"]
	req.Node, req.ID = id('N'), id('I')
	data := req.AppendMsgpack(nil)
	packet := append([]byte{0x95, 0xa1, '/', 2, 0x93, 0, 0xdc, 0, 5}, `["e"]`...)
	packet = append(packet, 0xc0, 0xc0, 0xc0)
	data[35] = 0 // broadcast
	data = slices.Replace(data, 36, 37, packet...)
	_, parts, err := Request(data)
	i := slices.IndexFunc(parts, func(p Part) bool { return p.Field == "packet.data.bytes" })
	if err != nil || i < 0 || parts[i].Text != `["e"]` || parts[i].To-parts[i].From != 8 {
		t.Errorf("error %v, part %d of %+v", err, i, parts)
	}
}

// Whatever the protocol's decoder takes is taken apart completely.
func FuzzRequest(f *testing.F) {
	for _, req := range requests() {
		req.Node, req.ID = protocol.NewID(), protocol.NewID()
		f.Add(req.AppendMsgpack(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, parts, err := Request(data)
		if err != nil {
			if _, bad := protocol.DecodeRequest(data); bad == nil {
				t.Fatalf("%x: %v", data, err)
			}
			return
		}
		at := 0
		for _, p := range parts {
			if p.From != at || p.To <= at {
				t.Fatalf("%x: after byte %d comes part %+v", data, at, p)
			}
			at = p.To
		}
		if at != len(data) {
			t.Fatalf("%x: the parts end at byte %d of %d", data, at, len(data))
		}
	})
}
