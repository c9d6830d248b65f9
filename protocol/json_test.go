package protocol

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// golden is what a real server sent over PostgreSQL.
type golden struct {
	Case, Parser, Payload string
	AttachmentHex         string `json:"attachment_hex"`
	IsBinary              bool   `json:"attachment_is_binary"`
}

func readGolden(t *testing.T) (all []golden) {
	t.Helper()
	f, err := os.Open("testdata/postgres.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	if lines.Err() != nil || len(all) != 16 {
		t.Fatalf("%d vectors, want 16: %v", len(all), lines.Err())
	}
	return all
}

// request is the vector's request in its wire form.
func (g *golden) request(t *testing.T) []byte {
	t.Helper()
	if g.AttachmentHex != "" {
		b, err := hex.DecodeString(g.AttachmentHex)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var wrapped struct {
		Request struct{ Payload json.RawMessage }
	}
	if err := json.Unmarshal([]byte(g.Payload), &wrapped); err != nil {
		t.Fatal(err)
	}
	return wrapped.Request.Payload
}

func TestJSONIsWhatServersSend(t *testing.T) {
	asJSON := 0
	for _, g := range readGolden(t) {
		wire := g.request(t)
		if g.IsBinary {
			if _, err := DecodeRequest(wire); err != nil {
				t.Errorf("%s, %s: %v", g.Case, g.Parser, err)
			}
			continue
		}
		asJSON++
		req, err := DecodeRequestJSON(wire)
		if err != nil {
			t.Errorf("%s, %s: %v", g.Case, g.Parser, err)
			continue
		}
		if got := req.AppendJSON([]byte("before")); !bytes.Equal(got, append([]byte("before"), wire...)) {
			t.Errorf("%s, %s:\n got %s\nwant %s", g.Case, g.Parser, got, wire)
		}
	}
	if asJSON < 10 {
		t.Errorf("only %d of the vectors are JSON", asJSON)
	}
}

func TestRequestComesBackFromItsJSON(t *testing.T) {
	all := requests()
	all["what is escaped"] = &Request{Type: AddSockets, Rooms: []string{"\"\\/\b\f\n\r\t\x00\x1f\u007f", "é€😀\u2028"}, Opts: Opts{Rooms: []string{""}, Except: []string{"<&>"}}}
	all["every byte"] = &Request{Type: Broadcast, Packet: Packet{Namespace: "/\"", Type: Event, Data: Value{Kind: Binary, Data: everyByte()}}}
	all["no attachments in a list"] = &Request{Type: Broadcast, Packet: Packet{Namespace: "/", Type: Event, Data: Value{Data: []byte{}, Attachments: [][]byte{}}}}
	for name, req := range all {
		req.Node, req.ID = testNode, testID
		wire := req.AppendJSON(nil)
		if !json.Valid(wire) {
			t.Errorf("%s: not valid: %s", name, wire[:min(len(wire), 300)])
		}
		if least := req.MinJSONLen(); least >= len(wire) {
			t.Errorf("%s: MinJSONLen is %d, the length %d", name, least, len(wire))
		}
		got, err := DecodeRequestJSON(wire)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := req.Clone()
		want.Namespace = want.Packet.Namespace
		want.AckTimeout = time.Duration(req.ackTimeoutMillis()) * time.Millisecond
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

func everyByte() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestSplicesStandInPlaceInJSON(t *testing.T) {
	spliced := Value{Data: []byte("ad"), Splices: []Splice{{0, []byte("<")}, {1, []byte("b")}, {1, []byte("c")}, {2, []byte(">")}}}
	plain := Value{Data: []byte("<abcd>")}
	if got, want := spliced.appendJSON(nil), plain.appendJSON(nil); !bytes.Equal(got, want) {
		t.Errorf("with splices %s, without %s", got, want)
	}
}

// A plain twin of appendJSONNumbers.
func FuzzJSONNumbers(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte("ab"), everyByte())
	f.Fuzz(func(t *testing.T, before, b []byte) {
		plain := make([]int, len(b))
		for i, c := range b {
			plain[i] = int(c)
		}
		want, _ := json.Marshal(plain)
		dst := append(bytes.Clone(before), '[')
		if got := closeJSONArray(appendJSONNumbers(dst, b)); string(got) != string(before)+string(want) {
			t.Errorf("%s, want %s%s", got, before, want)
		}
		var back numbers
		if err := json.Unmarshal(want, &back); err != nil || !bytes.Equal(back, b) {
			t.Errorf("%s is read as %v: %v", want, back, err)
		}
	})
}

func TestResponseComesBackFromItsJSON(t *testing.T) {
	for name, res := range responses {
		plain := *res
		plain.Server, plain.Request = testNode, ID{}
		wire := plain.AppendJSON(nil)
		got, err := DecodeResponseJSON(wire)
		if err != nil || !reflect.DeepEqual(got, &plain) {
			t.Errorf("%s: %v\n got %+v\nwant %+v\nwire %s", name, err, got, &plain, wire)
		}
	}
}

func TestHostileJSONRequestsAreRefused(t *testing.T) {
	const opts = `"opts":{"flags":2,"rooms":[],"except":[],"sid":null}`
	const ids = `{"node_id":"NNNNNNNNNNNNNNNN","id":"IIIIIIIIIIIIIIII",`
	event := func(data string) string {
		return ids + `"type":0,"packet":{"ns":"/","type":2,"data":` + data + `},` + opts + `}`
	}
	if _, err := DecodeRequestJSON([]byte(event(`[0,[91,93],null]`))); err != nil {
		t.Fatal(err)
	}
	for name, wire := range map[string]string{
		"nothing":                 "",
		"a number":                "1",
		"null":                    "null",
		"half":                    ids,
		"two":                     ids + `"type":2,` + opts + "}{}",
		"no ids":                  `{"type":2,` + opts + "}",
		"a short id":              `{"node_id":"N","id":"IIIIIIIIIIIIIIII","type":2,` + opts + "}",
		"no type":                 ids + opts + "}",
		"a type of null":          ids + `"type":null,` + opts + "}",
		"a type of 7":             ids + `"type":7,` + opts + "}",
		"a type of 256":           ids + `"type":256,` + opts + "}",
		"a broadcast without one": ids + `"type":0,"packet":null,` + opts + "}",
		"a join without rooms":    ids + `"type":4,"rooms":null,` + opts + "}",
		"no opts":                 ids + `"type":2,"opts":null}`,
		"opts without rooms":      ids + `"type":2,"opts":{"flags":2,"except":[]}}`,
		"opts without flags":      ids + `"type":2,"opts":{"rooms":[],"except":[]}}`,
		"an ack timeout":          ids + `"type":2,` + opts + `,"ack_timeout_ms":18446744073709551615}`,
		"a byte of 256":           event(`[0,[256],null]`),
		"a byte of 0000000001":    event(`[0,[0000000001],null]`),
		"a negative byte":         event(`[0,[-1],null]`),
		"a byte that is none":     event(`[0,["a"],null]`),
		"bytes in bytes":          event(`[0,[[1]],null]`),
		"bytes as text":           event(`[0,"W10=",null]`),
		"bytes that are null":     event(`[0,null,null]`),
		"a value of two":          event(`[0,[91,93]]`),
		"a value of kind 2":       event(`[2,[91,93],null]`),
		"a value of kind null":    event(`[null,[91,93],null]`),
		"binary with attachments": event(`[1,[144],[]]`),
		"an attachment of null":   event(`[0,[91,93],[null]]`),
		"no data":                 ids + `"type":0,"packet":{"ns":"/","type":2},` + opts + "}",
		"packet type 3":           ids + `"type":0,"packet":{"ns":"/","type":3,"data":[0,[],null]},` + opts + "}",
		"nested too deep":         ids + `"x":` + strings.Repeat("[", 1<<16),
	} {
		if req, err := DecodeRequestJSON([]byte(wire)); err == nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v; want ErrMalformed", name, req, err)
		}
	}
}

func TestHostileJSONResponsesAreRefused(t *testing.T) {
	of := func(kind, body string) string {
		return `{"node_id":"NNNNNNNNNNNNNNNN","type":[` + kind + `,` + body + `]}`
	}
	for name, wire := range map[string]string{
		"nothing":              "",
		"null":                 "null",
		"no server":            `{"type":[2,[]]}`,
		"no type":              `{"node_id":"NNNNNNNNNNNNNNNN"}`,
		"kind 4":               of("4", "[]"),
		"a kind of null":       of("null", "[]"),
		"three elements":       of("2", "[],[]"),
		"rooms of null":        of("2", "null"),
		"a room of a number":   of("2", "[1]"),
		"a negative count":     of("1", "-1"),
		"a count of 2^32":      of("1", "4294967296"),
		"an ack of null":       of("0", "null"),
		"an ack of nobody":     of("0", `[null,{"Ok":[0,[],null]}]`),
		"an ack of two":        of("0", `["SSSSSSSSSSSSSSSS",{"Ok":[0,[],null],"Err":"Timeout"}]`),
		"an ack of Maybe":      of("0", `["SSSSSSSSSSSSSSSS",{"Maybe":1}]`),
		"an ack of no value":   of("0", `["SSSSSSSSSSSSSSSS",{"Ok":null}]`),
		"a socket without ids": of("3", `[{"ns":"/"}]`),
	} {
		if res, err := DecodeResponseJSON([]byte(wire)); err == nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v; want ErrMalformed", name, res, err)
		}
	}
	if _, err := DecodeResponseJSON(make([]byte, MaxMessage+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("more than 64 MiB: %v; want ErrMalformed", err)
	}
}

// FuzzDecodeJSON: no input panics or allocates out of proportion, and what is decoded
// comes back from its own wire form.
func FuzzDecodeJSON(f *testing.F) {
	for _, req := range requests() {
		req.Node, req.ID = testNode, testID
		if req.MsgpackLen() < 4096 {
			f.Add(req.AppendJSON(nil))
		}
	}
	for _, res := range responses {
		res.Server = testNode
		f.Add(res.AppendJSON(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var req *Request
		var res *Response
		got := allocated(func() {
			req, _ = DecodeRequestJSON(data)
			res, _ = DecodeResponseJSON(data)
		})
		if most := uint64(2 * (40*len(data) + 64<<10)); got > most {
			t.Errorf("%d bytes allocated for %d of input", got, len(data))
		}
		if req != nil {
			again, err := DecodeRequestJSON(req.AppendJSON(nil))
			if err != nil || !bytes.Equal(again.AppendJSON(nil), req.AppendJSON(nil)) {
				t.Errorf("a decoded request does not come back: %v", err)
			}
		}
		if res != nil {
			again, err := DecodeResponseJSON(res.AppendJSON(nil))
			if err != nil || !bytes.Equal(again.AppendJSON(nil), res.AppendJSON(nil)) {
				t.Errorf("a decoded response does not come back: %v", err)
			}
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	req := &Request{Type: Broadcast, Node: testNode, ID: testID, Packet: textPacket(`["` + strings.Repeat("x", 1000) + `"]`)}
	buf := req.AppendJSON(nil)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = req.AppendJSON(buf[:0])
	}
}
