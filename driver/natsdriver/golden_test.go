package natsdriver_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/natsdriver"
	"github.com/sioxide/emitter/emittertest"
)

// TestGolden: a message is that of Redis, byte for byte, alone and among others.
func TestGolden(t *testing.T) {
	addr := embedded(t).Addr().String()
	d := natsdriver.New(connect(t, addr))
	defer d.Close()
	got := watch(t, connect(t, addr), "socket=2Eio.request.>")
	recorder := emittertest.NewRecorder()
	for _, io := range []emitter.Emitter{emitter.New(recorder), emitter.NewMsgpack(recorder)} {
		io = io.To("a", "é#").Except("b")
		for _, err := range []error{
			io.Emit(t.Context(), "event", "text", 1.5, map[string]any{"a": []byte{1, 2}}),
			io.Of("/admin space").Volatile().Emit(t.Context(), "event"),
			io.ToServer("AAAAAAAAAAAAAAAA").Join(t.Context(), "c"),
			io.Leave(t.Context(), "c"),
			io.Disconnect(t.Context()),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	reqs := recorder.Requests()
	var want [][]byte
	redis := emitter.PublishFunc(func(_ context.Context, channel string, data []byte) error {
		subjectOf(t, "socket.io", channel)
		want = append(want, bytes.Clone(data))
		return nil
	})
	for _, req := range reqs {
		if _, err := redis.Send(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if n, err := d.Send(t.Context(), req); n != -1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	servers, errs := make([]int, len(reqs)), make([]error, len(reqs))
	if err := d.SendAll(t.Context(), reqs, servers, errs); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		for i := range want {
			if b := <-got; !bytes.Equal(b, want[i]) {
				t.Errorf("round %d, request %d:\n got %q\nwant %q", round, i, b, want[i])
			}
		}
	}
}
