package rueidisdriver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/rueidisdriver"
)

// TestDeadlineLeavesTheConnection: rueidis by itself closes the connection on which
// the deadline of one call passes, and so fails the others that share it.
func TestDeadlineLeavesTheConnection(t *testing.T) {
	s := redistest.Start(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Addr}, PipelineMultiplex: -1}) // one connection
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	d := rueidisdriver.New(client)
	resume := s.Stall(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	sent, set := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := d.Send(ctx, request("/", "x"))
		sent <- err
	}()
	time.AfterFunc(20*time.Millisecond, func() { // behind the request, on the same connection
		set <- client.Do(context.Background(), client.B().Set().Key("k").Value("v").Build()).Error()
	})
	if err := <-sent; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send returns the context's error: %v", err)
	}
	resume()
	if err := <-set; err != nil {
		t.Errorf("a deadline that passes in the driver leaves the client's other calls alone: %v", err)
	}
}
