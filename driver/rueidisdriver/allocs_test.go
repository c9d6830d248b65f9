//go:build !race

package rueidisdriver_test

import (
	"context"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

// TestAllocations allows nothing, as rueidis itself does for a command.
func TestAllocations(t *testing.T) {
	s := redistest.Start(t)
	client := newClient(t, s.Addr)
	d := rueidisdriver.New(client)
	req := request("/", "text")
	for name, ctx := range map[string]context.Context{"background": context.Background(), "cancelable": t.Context()} {
		if n := testing.AllocsPerRun(1000, func() {
			if _, err := d.Send(ctx, req); err != nil {
				t.Error(err)
			}
		}); n > 0 {
			t.Errorf("Send with a %s context allocates %v times, at most 0", name, n)
		}
	}
}
