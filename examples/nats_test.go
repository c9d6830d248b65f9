package examples

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/protocol"
)

func TestNATSExample(t *testing.T) {
	server := natstest.Start(t)
	conn, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := conn.SubscribeSync("socket=2Eio.request.=2F")
	if err != nil {
		t.Fatal(err)
	}
	// It answers the example's question, as a server does.
	_, err = conn.Subscribe("socket=2Eio.request.=2F", func(m *nats.Msg) {
		req, err := protocol.DecodeRequest(m.Data)
		if err != nil || req.Type != protocol.AllRooms {
			return
		}
		res := protocol.Response{Request: req.ID, Server: protocol.NewNodeID(), Kind: protocol.KindRooms}
		_ = conn.Publish("socket=2Eio.response.=2F."+req.Node.String(), res.AppendAddressed(nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // building included
	defer cancel()
	start(ctx, t, filepath.Join(build(t, "nats"), "nats"), "NATS_URL="+server.URL())
	for _, want := range []string{`["report",{"town":"Bern","celsius":21.5}]`, `["report",{"town":"Oslo","celsius":14}]`} {
		m, err := got.NextMsgWithContext(ctx)
		if err != nil {
			t.Fatal(err)
		}
		req, err := protocol.DecodeRequest(m.Data)
		if err != nil || string(req.Packet.Data.Data) != want {
			t.Errorf("the servers get %q, %v, want %q", m.Data, err, want)
		}
	}
}
