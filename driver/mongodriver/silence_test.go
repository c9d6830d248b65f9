package mongodriver

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/protocol"
)

// lossNoted keeps what a stream tells.
type lossNoted chan error

func (lossNoted) Message([]byte)              {}
func (lossNoted) Response(*protocol.Response) {}
func (lossNoted) Ended(string, error)         {}
func (l lossNoted) Lost(err error)            { l <- err }

// TestSilence has MongoDB say nothing without a connection being closed, as when a
// cable is cut.
func TestSilence(t *testing.T) {
	s := mongotest.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(s.URL()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	w := newWatcher(client.Database("test").Collection(Collection), new(rosters), nil)
	w.silence = 2500 * time.Millisecond
	lost := make(lossNoted, 1)
	c, err := w.Dial(t.Context(), "", lost)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Subscribe(t.Context(), protocol.NewNodeID().String()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-lost:
		t.Fatalf("a stream on which nothing comes is kept: %v", err)
	case <-time.After(w.silence + 2*time.Second):
	}
	resume := s.Stall(t)
	defer resume()
	select {
	case <-lost:
	case <-time.After(20 * time.Second):
		t.Error("a stream on which nothing is heard is given up")
	}
}
