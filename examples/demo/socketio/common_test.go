package socketio

import (
	"errors"
	"reflect"
	"testing"
)

func num(n int64) *int64 { return &n }

// The texts are those of the protocol's specification (socket.io-protocol 5,
// "Packet encoding").
var commonVectors = []struct {
	text   string
	packet Packet
}{
	{`0`, Packet{Kind: Connect, Namespace: "/"}},
	{`0{"token":"123"}`, Packet{Kind: Connect, Namespace: "/", Data: raw(`{"token":"123"}`)}},
	{`0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}`, Packet{Kind: Connect, Namespace: "/admin", Data: raw(`{"sid":"oSO0OpakMV_3jnilAAAA"}`)}},
	{`1/admin,`, Packet{Kind: Disconnect, Namespace: "/admin"}},
	{`2["foo"]`, Packet{Kind: Event, Namespace: "/", Data: raw(`["foo"]`)}},
	{`2/admin,["bar"]`, Packet{Kind: Event, Namespace: "/admin", Data: raw(`["bar"]`)}},
	{`212["foo"]`, Packet{Kind: Event, Namespace: "/", ID: num(12), Data: raw(`["foo"]`)}},
	{`3/admin,13["bar"]`, Packet{Kind: Ack, Namespace: "/admin", ID: num(13), Data: raw(`["bar"]`)}},
	{`4{"message":"Not authorized"}`, Packet{Kind: ConnectError, Namespace: "/", Data: raw(`{"message":"Not authorized"}`)}},
}

func raw(s string) Value { return Value{Raw: []byte(s)} }

func TestCommonPackets(t *testing.T) {
	for _, v := range commonVectors {
		frames := Common.Encode(&v.packet)
		if len(frames) != 1 || frames[0].Binary || string(frames[0].Data) != v.text {
			t.Errorf("%+v is encoded as %v, want %q", v.packet, frames, v.text)
		}
		got, err := Common.NewDecoder().Add(Frame{Data: []byte(v.text)})
		if err != nil || !reflect.DeepEqual(*got, v.packet) {
			t.Errorf("%q is decoded as %+v, %v; want %+v", v.text, got, err, v.packet)
		}
	}
}

func TestCommonDisconnectWithoutComma(t *testing.T) {
	pk, err := Common.NewDecoder().Add(Frame{Data: []byte(`1/admin`)})
	if err != nil || pk.Namespace != "/admin" {
		t.Errorf("got %+v, %v; the comma may be missing where nothing follows", pk, err)
	}
}

func TestCommonBinary(t *testing.T) {
	pk := &Packet{Kind: BinaryEvent, Namespace: "/admin", ID: num(7), Data: Value{
		Raw:         []byte(`["baz",{"_placeholder":true,"num":1},{"a":[{"_placeholder":true,"num":0}]}]`),
		Attachments: [][]byte{{1, 2}, {}},
	}}
	frames := Common.Encode(pk)
	if len(frames) != 3 || string(frames[0].Data[:11]) != "52-/admin,7" || !frames[1].Binary || !frames[2].Binary {
		t.Fatalf("encoded as %v", frames)
	}
	d := Common.NewDecoder()
	var got *Packet
	for i, f := range frames {
		var err error
		if got, err = d.Add(f); err != nil || (got != nil) != (i == 2) {
			t.Fatalf("frame %d gave %+v, %v", i, got, err)
		}
	}
	args, err := Common.Args(got)
	want := []any{"baz", []byte{}, map[string]any{"a": []any{[]byte{1, 2}}}}
	if err != nil || !reflect.DeepEqual(args, want) {
		t.Errorf("arguments %v, %v; want %v", args, err, want)
	}
}

func TestCommonPlaceholderLookalike(t *testing.T) {
	pk, err := Common.NewDecoder().Add(Frame{Data: []byte(`2["e",{"_placeholder":true,"num":0}]`)})
	if err != nil {
		t.Fatal(err)
	}
	args, err := Common.Args(pk)
	want := []any{"e", map[string]any{"_placeholder": true, "num": 0.0}}
	if err != nil || !reflect.DeepEqual(args, want) {
		t.Errorf("a text event's object became %v, %v", args, err)
	}
}

func TestCommonRefuses(t *testing.T) {
	text := func(s string) Frame { return Frame{Data: []byte(s)} }
	bin := Frame{Binary: true, Data: []byte{1}}
	for name, frames := range map[string][]Frame{
		"no type":                {text("")},
		"unknown type":           {text("7")},
		"event without payload":  {text("2")},
		"event without name":     {text("2[]")},
		"event named by a bool":  {text("2[true]")},
		"event with an object":   {text(`2{"a":1}`)},
		"broken JSON":            {text(`2["a"`)},
		"ack without id":         {text(`3[]`)},
		"disconnect with data":   {text(`1{}`)},
		"unannounced attachment": {bin},
		"text before attachment": {text(`51-["a",{"_placeholder":true,"num":0}]`), text(`2["b"]`)},
		"text event, attachment": {text(`2["a",{"_placeholder":true,"num":0}]`), bin},
		"no attachment count":    {text(`5["a"]`)},
		"negative count":         {text(`5-1-["a"]`)},
	} {
		d := Common.NewDecoder()
		var err error
		for _, f := range frames {
			if _, err = d.Add(f); err != nil {
				break
			}
		}
		if !errors.Is(err, ErrPacket) {
			t.Errorf("%s: error %v, want ErrPacket", name, err)
		}
	}
	pk := &Packet{Kind: BinaryEvent, Data: Value{Raw: []byte(`["a",{"_placeholder":true,"num":1}]`), Attachments: [][]byte{{1}}}}
	if _, err := Common.Args(pk); !errors.Is(err, ErrPacket) {
		t.Errorf("placeholder out of range: error %v, want ErrPacket", err)
	}
}
