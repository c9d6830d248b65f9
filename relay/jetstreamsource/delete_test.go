package jetstreamsource_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/relay"
	"github.com/sioxide/emitter/relay/jetstreamsource"
)

// A message that is settled before an earlier one of its subject is deleted by itself.
// When the answer to that is lost, the next Settle finds it gone, and goes on.
func TestDeletedMessageWhoseAnswerWasLost(t *testing.T) {
	p := newPlace(t, natstest.Start(t, natstest.JetStream...))
	proxy := netproxy.New(t, p.server.Addr, func(sent []byte) bool { return bytes.Contains(sent, []byte("STREAM.MSG.DELETE")) })
	s := jetstreamsource.New(connect(t, natstest.URL(proxy.Addr)), p.stream)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	defer func() { _ = s.Close(ctx) }()
	p.put(t, "a", "first", "second")
	var held []relay.Message
	for len(held) < 2 {
		messages, err := s.Fetch(ctx, 2, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, messages...)
	}
	proxy.CutNext()
	settle := func() error {
		once, cancel := context.WithTimeout(ctx, time.Second) // nothing tells the client that the answer is lost
		defer cancel()
		return s.Settle(once, []relay.Outcome{{Message: held[1]}})
	}
	if err := settle(); err == nil {
		t.Error("the answer was lost, and Settle says nothing")
	}
	for err := settle(); err != nil; err = settle() {
		if ctx.Err() != nil {
			t.Fatalf("Settle still fails: %v", err)
		}
	}
	if err := s.Settle(ctx, []relay.Outcome{{Message: held[0]}}); err != nil {
		t.Error(err)
	}
	if waiting, _, err := s.Lag(ctx); err != nil || waiting != 0 {
		t.Errorf("%d messages are left (%v)", waiting, err)
	}
}
