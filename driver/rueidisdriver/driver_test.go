package rueidisdriver_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/rueidisdriver"
	"github.com/sioxide/emitter/protocol"
)

func request(namespace, text string) *protocol.Request {
	return &protocol.Request{
		Prefix: "socket.io", Namespace: namespace,
		Node: protocol.NewNodeID(), ID: protocol.NewID(),
		Type:   protocol.Broadcast,
		Packet: protocol.Packet{Namespace: namespace, Type: protocol.Event, Data: protocol.Value{Data: []byte(`["e","` + text + `"]`)}},
		Opts:   protocol.Opts{Flags: protocol.FlagBroadcast},
	}
}

func receive(t *testing.T, ch <-chan []byte) []byte {
	t.Helper()
	select {
	case b := <-ch:
		return b
	case <-time.After(10 * time.Second):
		t.Fatal("nothing arrived within 10 s")
		return nil
	}
}

func TestSend(t *testing.T) {
	s := redistest.Start(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	d := rueidisdriver.New(client)
	got := redistest.Watch(t, s.Addr, emitter.RequestChannel("socket.io", "/", ""), false)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, ctx := range []context.Context{context.Background(), ctx} {
		req := request("/", "x")
		n, err := d.Send(ctx, req)
		if n != -1 || err != nil {
			t.Fatalf("Send = %d, %v", n, err)
		}
		if b := receive(t, got); !bytes.Equal(b, req.AppendMsgpack(nil)) {
			t.Fatalf("got %q", b)
		}
		req.Count = true
		n, err = d.Send(ctx, req)
		if n != 1 || err != nil {
			t.Fatalf("Send with Count = %d, %v", n, err)
		}
		receive(t, got)
		reqs := []*protocol.Request{request("/", "1"), request("/", "2"), request("/other", "3")}
		servers, errs := make([]int, 3), make([]error, 3)
		if err := d.SendAll(ctx, reqs, servers, errs); err != nil {
			t.Fatal(err)
		}
		for _, r := range reqs[:2] {
			if b := receive(t, got); !bytes.Equal(b, r.AppendMsgpack(nil)) {
				t.Fatalf("got %q", b)
			}
		}
	}
}
