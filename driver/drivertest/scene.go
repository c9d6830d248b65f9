package drivertest

import (
	"bytes"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// patience is how long a case waits for what must happen.
const patience = 20 * time.Second

// scene is one case: a driver, and a namespace that no other case uses.
type scene struct {
	*testing.T
	harness   Harness
	driver    emitter.Driver
	namespace string
}

var (
	scenes atomic.Int64
	serial atomic.Int64 // of numbered requests
)

// prefix is that of all requests.
func (s *scene) prefix() string {
	if s.harness.Prefix != "" {
		return s.harness.Prefix
	}
	return "drivertest"
}

func newScene(t *testing.T, h Harness) *scene {
	namespace := fmt.Sprintf("/%d-%d", time.Now().UnixNano(), scenes.Add(1))
	return &scene{T: t, harness: h, driver: h.New(t), namespace: namespace}
}

// bulk returns the driver as a BulkDriver, or skips the case.
func (s *scene) bulk() emitter.BulkDriver {
	s.Helper()
	b, ok := s.driver.(emitter.BulkDriver)
	if !ok {
		s.Skip("the driver is not a BulkDriver")
	}
	return b
}

func (s *scene) watch(server string) <-chan []byte {
	s.Helper()
	return s.harness.Watch(s, s.prefix(), s.namespace, server)
}

// request returns an event for all sockets with a text of its own.
func (s *scene) request(text string) *protocol.Request {
	return &protocol.Request{
		Prefix: s.prefix(), Namespace: s.namespace,
		Node: protocol.NewNodeID(), ID: protocol.NewID(),
		Type: protocol.Broadcast,
		Packet: protocol.Packet{Namespace: s.namespace, Type: protocol.Event,
			Data: protocol.Value{Data: fmt.Appendf(nil, `["event",%q]`, text)}},
		Opts: protocol.Opts{Flags: protocol.FlagBroadcast},
	}
}

// send sends a request that must succeed.
func (s *scene) send(req *protocol.Request) {
	s.Helper()
	if _, err := s.driver.Send(s.Context(), req); err != nil {
		s.Fatalf("a request that nothing keeps from being sent is sent: %v", err)
	}
}

// receive returns the next message.
func (s *scene) receive(from <-chan []byte) []byte {
	s.Helper()
	select {
	case b := <-from:
		return b
	case <-time.After(patience):
		s.Fatalf("what was sent arrives: nothing came within %v", patience)
		return nil
	}
}

// mustArrive checks that the next message is the wire form of req.
func (s *scene) mustArrive(from <-chan []byte, req *protocol.Request, rule string) {
	s.Helper()
	want := req.AppendMsgpack(nil)
	if got := s.receive(from); !bytes.Equal(got, want) {
		s.Fatalf("%s:\n got %s\nwant %s", rule, shorten(got), shorten(want))
	}
}

// nothingElse checks that nothing is on its way: the next message is one sent now.
func (s *scene) nothingElse(from <-chan []byte, server, rule string) {
	s.Helper()
	marker := s.request("marker")
	marker.Server = server
	s.send(marker)
	s.mustArrive(from, marker, rule)
}

func shorten(b []byte) string {
	const most = 200
	if len(b) > most {
		return fmt.Sprintf("%q… (%d bytes)", b[:most], len(b))
	}
	return strconv.Quote(string(b))
}
