package browser

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/sioxide/emitter/examples/demo/socketio"
)

// line is a packet as frames, as parsers.mjs has it.
type line struct {
	Parser string  `json:"parser"`
	Frames []frame `json:"frames"`
	Error  string  `json:"error,omitempty"`
}

type frame struct {
	Text  *string `json:"text,omitempty"`
	Bytes []byte  `json:"bytes,omitzero"`
}

func toLine(p socketio.Parser, frames []socketio.Frame) line {
	l := line{Parser: p.String()}
	for _, f := range frames {
		if f.Binary {
			l.Frames = append(l.Frames, frame{Bytes: f.Data})
			continue
		}
		text := string(f.Data)
		l.Frames = append(l.Frames, frame{Text: &text})
	}
	return l
}

// script gives lines to parsers.mjs and returns what it makes of them.
func script(t *testing.T, in []line) []line {
	t.Helper()
	cmd := command(t, "parsers.mjs")
	var input, output, log bytes.Buffer
	enc := json.NewEncoder(&input)
	for _, l := range in {
		if err := enc.Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &input, &output, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	var out []line
	for dec := json.NewDecoder(&output); dec.More(); {
		var l line
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	if len(out) != len(in) {
		t.Fatalf("%d lines became %d", len(in), len(out))
	}
	return out
}

func packets(t *testing.T, p socketio.Parser) []*socketio.Packet {
	t.Helper()
	wide := map[string]any{}
	for i := range 20 {
		wide[string(rune('a'+i))] = float64(i)
	}
	args := []any{
		"e", nil, true, false, 0.0, 1.5, -1.0, -32.0, -33.0, 127.0, 128.0, 255.0, 256.0, 65535.0, 65536.0, 4294967295.0, 4294967296.0,
		-128.0, -129.0, -32768.0, -32769.0, -2147483648.0, -2147483649.0, 1e300, "", "ü✓\U0001f600", string(bytes.Repeat([]byte("x"), 40)),
		string(bytes.Repeat([]byte("x"), 300)), string(bytes.Repeat([]byte("x"), 70_000)), []byte{}, []byte{0, 255}, bytes.Repeat([]byte{7}, 300),
		bytes.Repeat([]byte{7}, 70_000), []any{}, map[string]any{}, wide, slices.Repeat([]any{1.0}, 300), map[string]any{"a": []any{map[string]any{"b": []byte{1}}, []byte{2}}},
	}
	v, err := p.Marshal([]any{"long", slices.Repeat([]any{1.0}, 70_000)})
	if err != nil {
		t.Fatal(err)
	}
	out := []*socketio.Packet{{Kind: socketio.Event, Namespace: "/", Data: v}}
	for _, namespace := range []string{"/", "/admin"} {
		for _, kind := range []socketio.Kind{socketio.Event, socketio.Ack} {
			for _, id := range []int64{-1, 0, 70_000} {
				if kind == socketio.Ack && id < 0 {
					continue
				}
				v, err := p.Marshal(args)
				if err != nil {
					t.Fatal(err)
				}
				pk := &socketio.Packet{Kind: kind, Namespace: namespace, Data: v}
				if id >= 0 {
					pk.ID = &id
				}
				if len(v.Attachments) > 0 {
					pk.Kind += socketio.BinaryEvent - socketio.Event
				}
				out = append(out, pk)
			}
		}
		out = append(out, &socketio.Packet{Kind: socketio.Disconnect, Namespace: namespace})
	}
	return out
}

// The page's parsers read what the demo's servers write, and write what they read.
func TestParsersAgree(t *testing.T) {
	Need(t)
	for _, p := range []socketio.Parser{socketio.Common, socketio.Msgpack} {
		var in []line
		sent := packets(t, p)
		for _, pk := range sent {
			in = append(in, toLine(p, p.Encode(pk)))
		}
		for i, l := range script(t, in) {
			want := sent[i]
			got, err := decode(p, l)
			if err != nil || l.Error != "" {
				t.Errorf("%s, packet %d: %v %s", p, i, err, l.Error)
				continue
			}
			if got.Kind != want.Kind || got.Namespace != want.Namespace || !reflect.DeepEqual(got.ID, want.ID) {
				t.Errorf("%s: %+v became %+v", p, want, got)
			}
			if want.Kind == socketio.Disconnect {
				continue
			}
			a, errA := p.Args(want)
			b, errB := p.Args(got)
			if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
				t.Errorf("%s, packet %d: the arguments changed (%v, %v)", p, i, errA, errB)
			}
		}
	}
}

func decode(p socketio.Parser, l line) (pk *socketio.Packet, err error) {
	d := p.NewDecoder()
	for _, f := range l.Frames {
		if f.Text != nil {
			pk, err = d.Add(socketio.Frame{Data: []byte(*f.Text)})
		} else {
			pk, err = d.Add(socketio.Frame{Binary: true, Data: f.Bytes})
		}
		if err != nil {
			return nil, err
		}
	}
	return pk, nil
}

// What no server sends is refused, as the JavaScript client refuses it.
func TestParsersRefuse(t *testing.T) {
	Need(t)
	text := func(s string) []frame { return []frame{{Text: &s}} }
	var in []line
	for _, frames := range [][]frame{
		text(""), text("9"), text("2"), text("2[]"), text("2[1]"), text("2{"), text(`5["e"]`),
		text(`51-["e",{"_placeholder":true,"num":0}]`), {{Bytes: []byte{1}}},
		{{Text: text(`51-["e",{"_placeholder":true,"num":1}]`)[0].Text}, {Bytes: []byte{1}}},
	} {
		in = append(in, line{Parser: "common", Frames: frames})
	}
	for _, data := range [][]byte{
		{0xc1}, {0x80}, {0x92, 1}, {0x83}, {0xc4}, {0xdb, 0xff, 0xff, 0xff, 0xff}, {0xdd, 0xff, 0xff, 0xff, 0xff},
		bytes.Repeat([]byte{0x91}, 100_000), append([]byte{0x81, 0xa4}, "type\x05"...), []byte("\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x90"),
	} {
		in = append(in, line{Parser: "msgpack", Frames: []frame{{Bytes: data}}})
	}
	for i, l := range script(t, in) {
		if l.Error == "" {
			t.Errorf("%+v was read as %+v", in[i], l)
		}
	}
}
