//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
	"github.com/vmihailenco/msgpack/v5"
)

// golden is one message of the Rust emitter 0.1.0. testdata/golden.jsonl.gz holds
// them: ops are its builder calls, payload the value in serde's terms, hex the
// message with the node's id written as N and the request's as I.
type golden struct {
	Name, Parser, Channel, Hex string
	Ops                        []json.RawMessage
	Payload                    json.RawMessage
	Len                        int
}

// differs names the vectors where ours is another one on purpose, or an error.
var differs = map[string]struct {
	err    error
	reason string
}{
	"f64_nan":            {&emitter.ArgumentError{}, "NaN has no JSON form; Rust sends null, or a msgpack NaN"},
	"f64_inf":            {&emitter.ArgumentError{}, "an infinity has no JSON form"},
	"f64_ninf":           {&emitter.ArgumentError{}, "an infinity has no JSON form"},
	"to_empty_list":      {emitter.ErrSelection, "an empty list must never become everybody"},
	"prefix_empty":       {emitter.ErrPrefix, "no server listens under an empty prefix"},
	"of_noslash":         {nil, "Rust's reaches nobody: the slash is added"},
	"common_newtype_":    {nil, "Rust loses the event's name around a newtype"},
	"msgpack_newtype_":   {nil, "Rust loses the event's name around a newtype"},
	"emit_common_bytes_": {nil, "Rust sends binary as packet type 2, which disconnects every client"},
}

func difference(name string) (want error, reason string) {
	for part, d := range differs {
		if strings.Contains(name, part) {
			return d.err, d.reason
		}
	}
	return nil, ""
}

func TestGoldenVectorsOfTheRustEmitter(t *testing.T) {
	for _, g := range readGolden(t) {
		t.Run(g.Name, func(t *testing.T) {
			var channel string
			var wire []byte
			err := play(t, g, emitter.PublishFunc(func(_ context.Context, ch string, data []byte) error {
				channel, wire = ch, bytes.Clone(data)
				return nil
			}))
			wantErr, reason := difference(g.Name)
			if wantErr != nil {
				checkRefused(t, err, wantErr, wire)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want, err := hex.DecodeString(g.Hex)
			if err != nil {
				t.Fatal(err)
			}
			if reason == "" && len(wire) > len(want)+8 {
				t.Errorf("%d bytes, Rust's has %d", len(wire), len(want))
			}
			compareGolden(t, g, channel, wire, want, reason != "")
		})
	}
}

func readGolden(t *testing.T) (all []golden) {
	f, err := os.Open("testdata/golden.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	if lines.Err() != nil || len(all) != 102 {
		t.Fatalf("%d vectors, want 102: %v", len(all), lines.Err())
	}
	return all
}

func checkRefused(t *testing.T, err, want error, wire []byte) {
	var asArgument *emitter.ArgumentError
	if errors.As(want, &asArgument) {
		if !errors.As(err, &asArgument) {
			t.Errorf("%v, want an ArgumentError", err)
		}
	} else if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
	if !emitter.SafeToRetry(err) || wire != nil {
		t.Errorf("something was sent: %x", wire)
	}
}

// play makes the calls of a vector.
func play(t *testing.T, g golden, d emitter.Driver) error {
	io := emitter.New(d)
	if g.Parser == "msgpack" {
		io = emitter.NewMsgpack(d)
	}
	ctx := context.Background()
	for _, raw := range g.Ops[1:] {
		var op []json.RawMessage
		var name, text string
		var list []string
		if err := json.Unmarshal(raw, &op); err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal(op[0], &name)
		if len(op) > 1 && json.Unmarshal(op[1], &text) != nil {
			_ = json.Unmarshal(op[1], &list)
		}
		switch name {
		case "of":
			io = io.Of(text)
		case "prefix":
			io = io.Prefix(text)
		case "to":
			io = io.To(list...)
		case "within":
			io = io.Within(list...)
		case "except":
			io = io.Except(list...)
		case "emit":
			return io.Emit(ctx, text, arguments(t, g.Payload)...)
		case "join":
			return io.Join(ctx, list...)
		case "leave":
			return io.Leave(ctx, list...)
		case "disconnect":
			return io.Disconnect(ctx)
		default:
			t.Fatalf("unknown call %q", name)
		}
	}
	t.Fatal("no operation")
	return nil
}

// serdeValue is a payload of a vector.
type serdeValue struct {
	T, Hex, Name string
	V            json.RawMessage
	N            int
}

// arguments are what a tuple spreads into; all else is one argument.
func arguments(t *testing.T, raw json.RawMessage) []any {
	v := parseSerde(t, raw)
	if v.T == "tuple" || v.T == "tuple_struct" {
		return serdeList(t, v.V)
	}
	return []any{goValue(t, raw)}
}

func parseSerde(t *testing.T, raw json.RawMessage) (v serdeValue) {
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func serdeList(t *testing.T, raw json.RawMessage) []any {
	var members []json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	list := make([]any, len(members))
	for i, m := range members {
		list[i] = goValue(t, m)
	}
	return list
}

func goValue(t *testing.T, raw json.RawMessage) any {
	v := parseSerde(t, raw)
	text := func() (s string) { _ = json.Unmarshal(v.V, &s); return s }
	switch v.T {
	case "str", "char":
		return text()
	case "str_repeat":
		return strings.Repeat(text(), v.N)
	case "bytes":
		b, _ := hex.DecodeString(v.Hex)
		return b
	case "bytes_repeat":
		var b byte
		_ = json.Unmarshal(v.V, &b)
		return bytes.Repeat([]byte{b}, v.N)
	case "i64":
		n, _ := strconv.ParseInt(text(), 10, 64)
		return n
	case "u64", "u8":
		n, _ := strconv.ParseUint(text(), 10, 64)
		return n
	case "f64":
		f, _ := strconv.ParseFloat(text(), 64)
		return f
	case "bool":
		return string(v.V) == "true"
	case "unit":
		return nil
	case "unit_variant":
		return v.Name
	case "newtype_struct", "some":
		return goValue(t, v.V)
	case "vec", "tuple":
		return serdeList(t, v.V)
	case "struct":
		var fields [][2]json.RawMessage
		_ = json.Unmarshal(v.V, &fields)
		m := map[string]any{}
		for _, f := range fields {
			var name string
			_ = json.Unmarshal(f[0], &name)
			m[name] = goValue(t, f[1])
		}
		return m
	}
	t.Fatalf("unknown type %q", v.T)
	return nil
}

// compareGolden holds ours against Rust's by meaning. Where they differ on
// purpose, ours is held against the payload instead.
func compareGolden(t *testing.T, g golden, channel string, ours, rust []byte, onPurpose bool) {
	for _, at := range []int{2, 19} { // the ids, which are letters N and I there
		copy(rust[at:], "AAAAAAAAAAAAAAAA")
		copy(ours[at:], "AAAAAAAAAAAAAAAA")
	}
	a, err := protocol.DecodeRequest(ours)
	if err != nil {
		t.Fatal(err)
	}
	b, err := protocol.DecodeRequest(rust)
	if err != nil {
		t.Fatal(err)
	}
	wantChannel, wantData := g.Channel, []any(nil)
	if !onPurpose {
		wantData = meaning(t, &b.Packet.Data)
	} else {
		wantChannel = strings.Replace(wantChannel, "#admin#", "#/admin#", 1)
		wantData = append([]any{"event"}, arguments(t, g.Payload)...)
		if n := len(a.Packet.Data.Attachments); n > 0 {
			b.Packet.Type = protocol.BinaryEvent
		}
		b.Packet.Namespace, b.Namespace = a.Packet.Namespace, a.Namespace
	}
	if channel != wantChannel {
		t.Errorf("channel %q, want %q", channel, wantChannel)
	}
	if a.Type.HasPacket() {
		if got := meaning(t, &a.Packet.Data); !reflect.DeepEqual(got, wantData) {
			t.Errorf("arguments\n got %v\nwant %v", got, wantData)
		}
	}
	a.Packet.Data, b.Packet.Data = protocol.Value{}, protocol.Value{}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("\n got %+v\nwant %+v", a, b)
	}
}

// meaning decodes a packet's data by a decoder that is not ours, with numbers in
// one form and binaries in place.
func meaning(t *testing.T, v *protocol.Value) (list []any) {
	if len(v.Data) == 0 {
		return nil
	}
	data := v.AppendData(nil)
	var err error
	if v.Kind == protocol.Text {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		err = d.Decode(&list)
	} else {
		err = msgpack.Unmarshal(data, &list)
	}
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	n, _ := normal(list, v.Attachments).([]any)
	return n
}

func normal(v any, attachments [][]byte) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = normal(v[i], attachments)
		}
		return v
	case map[string]any:
		if n, ok := v["num"].(json.Number); ok && v["_placeholder"] == true && len(attachments) > 0 {
			i, _ := n.Int64()
			return attachments[i]
		}
		for k := range v {
			v[k] = normal(v[k], attachments)
		}
		return v
	case json.Number:
		f, _ := v.Float64()
		return number(f)
	case string, []byte, bool, nil:
		return v
	}
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return number(float64(r.Int()))
	case r.CanUint():
		return number(float64(r.Uint()))
	}
	return number(r.Float())
}

// number is a JavaScript number; minus zero stays apart from zero.
func number(f float64) any {
	if f == 0 && math.Signbit(f) {
		return "-0"
	}
	return f
}
