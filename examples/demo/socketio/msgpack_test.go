package socketio

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// {type: 2, nsp: "/", data: ["event", "foo"], id: 1}, keys in the order of our
// encoder. JavaScript's writes them in another one, which means the same.
const eventVector = "84" + "a474797065" + "02" + "a36e7370" + "a12f" + "a464617461" + "92a56576656e74a3666f6f" + "a26964" + "01"

func TestMsgpackPacket(t *testing.T) {
	pk := &Packet{Kind: Event, Namespace: "/", ID: num(1), Data: Value{Raw: unhex("92a56576656e74a3666f6f")}}
	frames := Msgpack.Encode(pk)
	if len(frames) != 1 || !frames[0].Binary || !bytes.Equal(frames[0].Data, unhex(eventVector)) {
		t.Errorf("encoded as %v, want %s", frames, eventVector)
	}
	got, err := Msgpack.NewDecoder().Add(Frame{Binary: true, Data: unhex(eventVector)})
	if err != nil || !reflect.DeepEqual(got, pk) {
		t.Errorf("decoded as %+v, %v; want %+v", got, err, pk)
	}
}

func TestMsgpackFromJavaScript(t *testing.T) {
	// {type: 0, data: undefined, nsp: "/admin", options: {compress: true}}
	data := "84" + "a474797065" + "00" + "a464617461" + "d40000" + "a36e7370" + "a62f61646d696e" +
		"a76f7074696f6e73" + "81a8636f6d7072657373c3"
	pk, err := Msgpack.NewDecoder().Add(Frame{Binary: true, Data: unhex(data)})
	want := &Packet{Kind: Connect, Namespace: "/admin"}
	if err != nil || !reflect.DeepEqual(pk, want) {
		t.Errorf("decoded as %+v, %v; want %+v", pk, err, want)
	}
}

func TestMsgpackRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":            "",
		"not a map":          "93010203",
		"no type":            "81a36e7370a12f",
		"binary event":       "83a47479706505a36e7370a12fa46461746191a165",
		"no namespace":       "82a47479706502a46461746191a165",
		"event without name": "83a47479706502a36e7370a12fa46461746190",
		"event with text":    "83a47479706502a36e7370a12fa464617461a165",
		"ack without id":     "83a47479706503a36e7370a12fa46461746190",
	} {
		_, err := Msgpack.NewDecoder().Add(Frame{Binary: true, Data: unhex(data)})
		if !errors.Is(err, ErrPacket) {
			t.Errorf("%s: error %v, want ErrPacket", name, err)
		}
	}
	if _, err := Msgpack.NewDecoder().Add(Frame{Data: []byte(`2["e"]`)}); !errors.Is(err, ErrPacket) {
		t.Errorf("text frame: error %v, want ErrPacket", err)
	}
}

// Both parsers must show a client the same values.
func TestArgumentsSurvive(t *testing.T) {
	args := []any{
		"e", nil, true, 1.5, -1.0, 3e9, 1e300, "ü✓", []byte{0, 255}, []byte{},
		[]any{}, map[string]any{}, map[string]any{"a": []any{map[string]any{"b": []byte{1}}}},
	}
	for _, p := range []Parser{Common, Msgpack} {
		v, err := p.Marshal(args)
		if err != nil {
			t.Fatal(err)
		}
		pk := &Packet{Kind: Event, Namespace: "/x", Data: v}
		if len(v.Attachments) > 0 {
			pk.Kind = BinaryEvent
		}
		d := p.NewDecoder()
		var got *Packet
		for _, f := range p.Encode(pk) {
			if got, err = d.Add(f); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
		}
		back, err := p.Args(got)
		if err != nil || !reflect.DeepEqual(back, args) {
			t.Errorf("%s: %v became %v, %v", p, args, back, err)
		}
	}
}

// Integers of every size, and both floats.
func TestMsgpackNumbers(t *testing.T) {
	data := "dc000d" + "a165" + "01" + "ff" + "ccff" + "cd012c" + "ce00010000" + "cf0000000100000000" +
		"d080" + "d1ff00" + "d2ffff0000" + "d3ffffffff00000000" + "ca3fc00000" + "91cd012c"
	want := []any{
		"e", 1.0, -1.0, 255.0, 300.0, 65536.0, 4294967296.0,
		-128.0, -256.0, -65536.0, -4294967296.0, 1.5, []any{300.0},
	}
	got, err := msgpackArgs(unhex(data))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v; want %#v", got, err, want)
	}
}

func TestObjects(t *testing.T) {
	type auth struct {
		Rooms []string `json:"rooms"`
	}
	for _, p := range []Parser{Common, Msgpack} {
		v, err := p.FromObject(map[string]any{"rooms": []string{"a", "b"}, "other": 1})
		if err != nil {
			t.Fatal(err)
		}
		var got auth
		if err := p.Object(v, &got); err != nil || !reflect.DeepEqual(got.Rooms, []string{"a", "b"}) {
			t.Errorf("%s: got %v, %v", p, got, err)
		}
	}
}
