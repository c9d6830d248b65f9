package mongodriver

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

// golden is a document that a real server has inserted, and the call by which it was
// made to. testdata/golden.jsonl.gz holds them.
type golden struct {
	Case, Parser, Expire string
	Ctl                  struct {
		Op, Event        string
		Args             []any
		To, Except, Join []string
	}
	Doc     json.RawMessage
	DataHex string `json:"data_hex"`
}

func readGolden(t *testing.T) (all []golden) {
	t.Helper()
	f, err := os.Open("testdata/golden.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// TestGolden makes the calls of real servers and compares the documents: field by
// field, and their data after decoding.
func TestGolden(t *testing.T) {
	for _, g := range readGolden(t) {
		t.Run(g.Case+"/"+g.Parser+"/"+g.Expire, func(t *testing.T) {
			var theirs, ours bson.D
			if err := bson.UnmarshalExtJSON(g.Doc, true, &theirs); err != nil {
				t.Fatal(err)
			}
			data, err := hex.DecodeString(g.DataHex)
			if err != nil {
				t.Fatal(err)
			}
			asked, err := protocol.DecodeRequest(data)
			if err != nil {
				t.Fatal(err)
			}
			req := g.play(t)
			req.Node, req.ID = asked.Node, asked.ID
			var w wire
			if err := w.encode(req); err != nil {
				t.Fatal(err)
			}
			if err := bson.Unmarshal(w.req.Raw, &ours); err != nil {
				t.Fatal(err)
			}
			compareDocuments(t, g, ours, theirs)
			mine, err := protocol.DecodeRequest(dataOf(t, ours))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(dataOf(t, theirs), data) {
				t.Error("decodeElements does not read what the server wrote")
			}
			if !reflect.DeepEqual(mine, asked) {
				t.Errorf("data:\n got %+v\nwant %+v", mine, asked)
			}
		})
	}
}

// play makes the call, and returns the request that came of it.
func (g *golden) play(t *testing.T) *protocol.Request {
	t.Helper()
	recorder := emittertest.NewRecorder()
	io := emitter.New(recorder)
	if g.Parser == "msgpack" {
		io = emitter.NewMsgpack(recorder)
	}
	if len(g.Ctl.To) > 0 {
		io = io.To(g.Ctl.To...)
	}
	io = io.Except(g.Ctl.Except...)
	var err error
	switch g.Ctl.Op {
	case "", "emit_ack":
		err = io.Emit(t.Context(), g.Ctl.Event, g.args(t)...)
	case "join":
		err = io.Join(t.Context(), g.Ctl.Join...)
	case "disconnect", "rooms":
		err = io.Disconnect(t.Context())
	default:
		t.Fatalf("unknown call %q", g.Ctl.Op)
	}
	if err != nil {
		t.Fatal(err)
	}
	req := recorder.Requests()[0]
	switch g.Ctl.Op { // a recorder can't be asked
	case "emit_ack":
		req.Type = protocol.BroadcastWithAck
	case "rooms":
		req.Type = protocol.AllRooms
	}
	return req
}

func (g *golden) args(t *testing.T) []any {
	args := slices.Clone(g.Ctl.Args)
	for i, arg := range args {
		m, ok := arg.(map[string]any)
		if !ok {
			continue
		}
		b, err := hex.DecodeString(m["$hex"].(string))
		if err != nil {
			t.Fatal(err)
		}
		args[i] = b
	}
	return args
}

// compareDocuments compares all but _id, the time, and what is in data. A capped
// collection has no createdAt; we write it always.
func compareDocuments(t *testing.T, g golden, ours, theirs bson.D) {
	t.Helper()
	shape := func(d bson.D) []any {
		var list []any
		for _, e := range d {
			switch e.Key {
			case "_id", "data":
				list = append(list, e.Key, reflect.TypeOf(e.Value))
			case "createdAt":
				if g.Expire == "ttl" {
					list = append(list, e.Key, reflect.TypeOf(e.Value))
				}
			default:
				list = append(list, e.Key, e.Value)
			}
		}
		return list
	}
	if got, want := shape(ours), shape(theirs); !reflect.DeepEqual(got, want) {
		t.Errorf("document:\n got %v\nwant %v", got, want)
	}
}

// dataOf reads data, of which each element must be an int32.
func dataOf(t *testing.T, d bson.D) []byte {
	t.Helper()
	b, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var typed struct{ Data []any }
	if err := bson.Unmarshal(b, &typed); err != nil {
		t.Fatal(err)
	}
	for i, e := range typed.Data {
		if _, ok := e.(int32); !ok {
			t.Fatalf("element %d of data is a %T", i, e)
		}
	}
	data, err := decodeElements(bson.Raw(b).Lookup("data").Array())
	if err != nil {
		t.Fatal(err)
	}
	return data
}
