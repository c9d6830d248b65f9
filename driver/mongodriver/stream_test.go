package mongodriver

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/protocol"
)

// answersNoted keeps what a stream brings.
type answersNoted chan protocol.ID

func (answersNoted) Message([]byte)                  {}
func (a answersNoted) Response(r *protocol.Response) { a <- r.Request }
func (answersNoted) Ended(string, error)             {}
func (answersNoted) Lost(error)                      {}

func testCollection(t *testing.T) *mongo.Collection {
	t.Helper()
	s := mongotest.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(s.URL()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database("test").Collection(Collection)
}

func insertAnswer(t *testing.T, c *mongo.Collection, node string) protocol.ID {
	t.Helper()
	res := protocol.Response{Request: protocol.NewID(), Server: protocol.NewNodeID(), Kind: protocol.KindRooms}
	addressed := res.AppendAddressed(nil)
	data := bson.A{}
	for _, b := range addressed[1+1+protocol.IDLen:] {
		data = append(data, int64(b)) // servers may write int64, too
	}
	doc := bson.D{
		{Key: "t", Value: "Res"}, {Key: "request", Value: res.Request.String()}, {Key: "target", Value: node},
		{Key: "ns", Value: "/"}, {Key: "origin", Value: res.Server.String()}, {Key: "data", Value: data},
	}
	if _, err := c.InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	return res.Request
}

func mustBring(t *testing.T, got answersNoted, want protocol.ID) {
	t.Helper()
	select {
	case id := <-got:
		if id != want {
			t.Errorf("answer to %v, want %v", id, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("no answer within 20 s")
	}
}

// TestPlace: a stream that is opened anew goes on where the last one was, unless
// that was released.
func TestPlace(t *testing.T) {
	c := testCollection(t)
	w := newWatcher(c, new(rosters), nil)
	got := make(answersNoted, 10)
	dial := func() *stream {
		conn, err := w.Dial(t.Context(), "", got)
		if err != nil {
			t.Fatal(err)
		}
		return conn.(*stream)
	}
	subscribe := func(s *stream, node string) {
		t.Helper()
		if err := s.Subscribe(t.Context(), node); err != nil {
			t.Fatal(err)
		}
	}
	first := dial()
	subscribe(first, "AAAAAAAAAAAAAAAA")
	first.stop() // as for a further node
	missed := insertAnswer(t, c, "AAAAAAAAAAAAAAAA")
	subscribe(first, "BBBBBBBBBBBBBBBB")
	mustBring(t, got, missed)

	first.stop()
	first.lost(errInvalidated)
	missed = insertAnswer(t, c, "BBBBBBBBBBBBBBBB")
	first.Close()
	second := dial()
	subscribe(second, "BBBBBBBBBBBBBBBB")
	mustBring(t, got, missed)

	second.Close() // nobody waits any more
	insertAnswer(t, c, "BBBBBBBBBBBBBBBB")
	third := dial()
	defer third.Close()
	subscribe(third, "BBBBBBBBBBBBBBBB")
	mustBring(t, got, insertAnswer(t, c, "BBBBBBBBBBBBBBBB"))
}

// TestRostersAreBounded asks in more namespaces than are remembered.
func TestRostersAreBounded(t *testing.T) {
	var r rosters
	kept := r.of("/kept")
	kept.Heard(protocol.NewNodeID())
	for range 3 * maxRosters {
		r.of("/" + protocol.NewID().String())
	}
	if len(r.by) > maxRosters {
		t.Errorf("%d rosters, at most %d", len(r.by), maxRosters)
	}
	if r.of("/kept") != kept {
		t.Error("a namespace whose servers are known was forgotten before those without")
	}
}

// FuzzDecodeEvent: whatever anybody inserts, it does no harm.
func FuzzDecodeEvent(f *testing.F) {
	for _, doc := range []any{
		bson.D{}, bson.D{{Key: "fullDocument", Value: 1}},
		bson.D{{Key: "fullDocument", Value: bson.D{{Key: "t", Value: "Req"}, {Key: "ns", Value: "/"}, {Key: "origin", Value: "AAAAAAAAAAAAAAAA"}, {Key: "data", Value: bson.A{int32(1), int64(2), 3.0}}}}},
		bson.D{{Key: "fullDocument", Value: bson.D{{Key: "t", Value: "Res"}, {Key: "request", Value: "AAAAAAAAAAAAAAAA"}, {Key: "origin", Value: "AAAAAAAAAAAAAAAA"}, {Key: "data", Value: bson.A{int32(300), -1}}}}},
	} {
		b, err := bson.Marshal(doc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		it, err := decodeEvent(event)
		if err != nil || it.isHeartbeat {
			return
		}
		if len(it.data) > len(event) {
			t.Fatalf("%d bytes of %d", len(it.data), len(event))
		}
		_, _ = protocol.DecodeResponse(it.data)
	})
}
