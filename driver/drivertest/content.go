package drivertest

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

func wireForm(s *scene) {
	got := s.watch("")
	for name, req := range s.everyKind() {
		s.send(req)
		s.mustArrive(got, req, "what arrives is what AppendMsgpack of the request writes ("+name+")")
	}
}

// everyKind returns requests of every type and of both parsers.
func (s *scene) everyKind() map[string]*protocol.Request {
	rooms := s.request("rooms")
	rooms.Opts.Rooms, rooms.Opts.Except = []string{"a", "b", "ü"}, []string{"c"}
	attached := s.request("")
	attached.Packet.Type = protocol.BinaryEvent
	attached.Packet.Data = protocol.Value{
		Data:        []byte(`["event",{"_placeholder":true,"num":0}]`),
		Attachments: [][]byte{{0, 1, 2, '\r', '\n', 255}},
	}
	spliced := s.request("")
	spliced.Packet.Data = protocol.Value{Kind: protocol.Binary, Data: []byte{0x92, 0xa1, 'e', 0xc4, 4},
		Splices: []protocol.Splice{{At: 5, Bytes: []byte{1, 2, 3, 4}}}}
	join := s.request("")
	join.Type, join.Rooms, join.Opts.Flags, join.Opts.Sid = protocol.AddSockets, []string{"a"}, 0, protocol.NewID()
	disconnect := s.request("")
	disconnect.Type = protocol.DisconnectSockets
	ack := s.request("ack")
	ack.Type, ack.AckTimeout = protocol.BroadcastWithAck, 1500*time.Millisecond
	sockets := s.request("")
	sockets.Type = protocol.FetchSockets
	raw := &protocol.Request{Prefix: s.prefix(), Namespace: s.namespace, Raw: s.request("raw").AppendMsgpack(nil)}
	return map[string]*protocol.Request{
		"event": s.request("text"), "rooms": rooms, "attachment": attached, "splice": spliced, "join": join,
		"disconnect": disconnect, "ack": ack, "sockets": sockets, "raw": raw,
	}
}

func oneServer(s *scene) {
	server := protocol.NewNodeID()
	all, one := s.watch(""), s.watch(string(server[:]))
	req := s.request("for one")
	req.Server = string(server[:])
	s.send(req)
	s.mustArrive(one, req, "a request with Server set arrives on that server's channel")
	s.nothingElse(all, "", "a request with Server set does not arrive on the channel of all servers")
	s.nothingElse(one, string(server[:]), "a request without Server does not arrive on one server's channel")
}

func apart(s *scene) {
	here := s.watch("")
	other := s.request("another namespace")
	other.Namespace += "-other"
	s.send(other)
	foreign := s.request("another prefix")
	foreign.Prefix += "-other"
	if s.harness.Prefix == "" {
		s.send(foreign)
	} else if _, err := s.driver.Send(s.Context(), foreign); !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) {
		s.Errorf("a prefix that the backend does not have is ErrUnsupported, marked by NotSent: %v", err)
	}
	s.nothingElse(here, "", "a request arrives only under its own prefix and namespace")
}

func unchanged(s *scene) {
	for name, req := range s.everyKind() {
		before := deepCopy(req)
		s.send(req)
		if !reflect.DeepEqual(before, req) {
			s.Errorf("Send changes nothing of a request (%s):\nbefore %+v\n after %+v", name, before, req)
		}
	}
}

// deepCopy is not Clone, which puts the parts of a value together.
func deepCopy(req *protocol.Request) *protocol.Request {
	c := *req
	c.Raw = bytes.Clone(req.Raw)
	c.Rooms = slices.Clone(req.Rooms)
	c.Opts.Rooms, c.Opts.Except = slices.Clone(req.Opts.Rooms), slices.Clone(req.Opts.Except)
	d := &c.Packet.Data
	d.Data, d.Splices, d.Attachments = bytes.Clone(d.Data), slices.Clone(d.Splices), slices.Clone(d.Attachments)
	for i := range d.Splices {
		d.Splices[i].Bytes = bytes.Clone(d.Splices[i].Bytes)
	}
	for i := range d.Attachments {
		d.Attachments[i] = bytes.Clone(d.Attachments[i])
	}
	return &c
}

func nothingKept(s *scene) {
	got := s.watch("")
	text := bytes.Repeat([]byte("x"), 2000)
	for i := range 200 {
		req := s.request("")
		req.Packet.Data.Data = append(text[:0:0], text...)
		req.Opts.Rooms = []string{"room"}
		want := req.AppendMsgpack(nil)
		s.send(req)
		fill(req.Packet.Data.Data)
		req.Opts.Rooms[0] = "another"
		if b := s.receive(got); !bytes.Equal(b, want) {
			s.Fatalf("what the caller changes after Send returned does not arrive (request %d):\n got %s\nwant %s", i, shorten(b), shorten(want))
		}
	}
}

func fill(b []byte) {
	for i := range b {
		b[i] = '!'
	}
}

func large(s *scene) {
	got := s.watch("")
	for _, size := range []int{0, 1, 4095, 4096, 65535, 65536, 1 << 20, 3<<20 + 1} {
		req := s.request("")
		req.Packet.Data.Data = bytes.Repeat([]byte("y"), size)
		if most := s.harness.MaxMessage; most > 0 && size > most {
			s.mustBeTooLarge(req)
			continue
		}
		s.send(req)
		s.mustArrive(got, req, "a request of any size that the backend takes arrives whole")
	}
}

func (s *scene) mustBeTooLarge(req *protocol.Request) {
	s.Helper()
	if _, err := s.driver.Send(s.Context(), req); !errors.Is(err, emitter.ErrTooLarge) || !emitter.SafeToRetry(err) {
		s.Errorf("a request that the backend does not take is ErrTooLarge, marked by NotSent: %v", err)
	}
}

func order(s *scene) {
	got := s.watch("")
	var sent []*protocol.Request
	for range 500 {
		req := s.request("in order")
		s.send(req)
		sent = append(sent, req)
	}
	for _, req := range sent {
		s.mustArrive(got, req, "requests of one caller arrive in the order of the calls")
	}
}
