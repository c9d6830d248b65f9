package rueidisdriver_test

import (
	"testing"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

func TestSentinel(t *testing.T) {
	master := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, "mymaster", master)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{sentinel.Addr},
		Sentinel:    rueidis.SentinelOption{MasterSet: "mymaster"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	d := rueidisdriver.New(client)
	got := redistest.Watch(t, master.Addr, emitter.RequestChannel("socket.io", "/", ""), false)
	req := request("/", "sentinel")
	req.Count = true
	if n, err := d.Send(t.Context(), req); n != 1 || err != nil {
		t.Fatalf("Send with Count = %d, %v", n, err)
	}
	receive(t, got)
}
