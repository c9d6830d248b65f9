package kafkadriver_test

import (
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

// TestPresence plays a server's driver.
func TestPresence(t *testing.T) {
	b := newBroker(t, fakeProcess(t))
	server := client(t, b.addr)
	questions := watch(t, b.addr, "socket.io", presence.Channel("socket.io"))
	d := newListening(t, b, nil)
	q := ask(t, d, "socket.io")
	select {
	case data := <-questions:
		if p, err := protocol.DecodePresence(data); err != nil || !p.IsQuestion {
			t.Fatalf("the first presence is the question who is there: %+v, %v", p, err)
		}
	case <-time.After(patience):
		t.Fatal("servers are asked who is there")
	}
	if n, err := d.Send(t.Context(), q.Request); n != -1 || err != nil {
		t.Errorf("a question to servers that were not heard of: %d, %v, want -1", n, err)
	}

	node := protocol.NewNodeID()
	say := func(node protocol.ID, headers []kgo.RecordHeader, ids ...protocol.ID) {
		t.Helper()
		p := protocol.Presence{Node: node}
		for _, id := range ids {
			p.Channels = append(p.Channels, emitter.RequestChannel("socket.io", "/", id.String()))
		}
		write(t, server, &kgo.Record{Topic: "socket.io", Key: []byte(presence.Channel("socket.io")), Value: p.AppendMsgpack(nil), Headers: headers})
	}
	one, two := protocol.NewNodeID(), protocol.NewNodeID()
	is := func(want ...protocol.ID) func() bool {
		return func() bool {
			got := d.Roster("socket.io", "/").IDs()
			return len(got) == len(want) && !slices.ContainsFunc(want, func(id protocol.ID) bool { return !slices.Contains(got, id) })
		}
	}
	write(t, server, &kgo.Record{Topic: "socket.io", Key: []byte(presence.Channel("socket.io")), Value: []byte("garbage")})
	say(protocol.NewNodeID(), []kgo.RecordHeader{{Key: "v", Value: []byte("2")}}, protocol.NewNodeID())
	say(node, []kgo.RecordHeader{{Key: "v", Value: []byte("1")}}, one, two)
	eventually(t, "the servers of a presence are there, those of another version are not", is(one, two))
	if n, err := d.Send(t.Context(), q.Request); n != 2 || err != nil {
		t.Errorf("a question to two servers: %d, %v", n, err)
	}
	say(node, nil, two)
	eventually(t, "a later presence takes the place of an earlier one", is(two))
	say(node, nil)
	eventually(t, "a node that leaves is gone at once", is())
}
