package socketio

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// The msgpack parser writes one binary frame: a map with type, nsp, data where
// there is a payload, and id where an ack is wanted or given.

// undefined is what JavaScript clients write for a payload that is not there
// (notepack.io: an extension of type 0 with one byte 0).
var undefined = []byte{0xd4, 0, 0}

func appendMsgpack(dst []byte, pk *Packet) []byte {
	fields := 2
	if pk.Data.Raw != nil {
		fields++
	}
	if pk.ID != nil {
		fields++
	}
	buf := bytes.NewBuffer(dst)
	enc := msgpack.NewEncoder(buf)
	// A bytes.Buffer takes every write.
	_ = enc.EncodeMapLen(fields)
	_ = enc.EncodeString("type")
	_ = enc.EncodeUint(uint64(pk.Kind))
	_ = enc.EncodeString("nsp")
	_ = enc.EncodeString(pk.Namespace)
	if pk.Data.Raw != nil {
		_ = enc.EncodeString("data")
		buf.Write(pk.Data.Raw)
	}
	if pk.ID != nil {
		_ = enc.EncodeString("id")
		_ = enc.EncodeInt(*pk.ID)
	}
	return buf.Bytes()
}

func decodeMsgpack(data []byte) (*Packet, error) {
	var wire struct {
		Type *uint8             `msgpack:"type"`
		Nsp  *string            `msgpack:"nsp"`
		Data msgpack.RawMessage `msgpack:"data"`
		ID   *int64             `msgpack:"id"`
	}
	if err := msgpack.Unmarshal(data, &wire); err != nil {
		return nil, invalid("msgpack: %v", err)
	}
	if wire.Type == nil || Kind(*wire.Type) > ConnectError {
		return nil, invalid("unknown packet type (the msgpack parser has none for binary events)")
	}
	if wire.Nsp == nil {
		return nil, invalid("no namespace")
	}
	pk := &Packet{Kind: Kind(*wire.Type), Namespace: *wire.Nsp, ID: wire.ID}
	if len(wire.Data) > 0 && !bytes.Equal(wire.Data, undefined) {
		pk.Data.Raw = wire.Data
	}
	return pk, checkMsgpack(pk)
}

// checkMsgpack holds a payload against its packet type.
func checkMsgpack(pk *Packet) error {
	raw := pk.Data.Raw
	ok := false
	switch pk.Kind {
	case Connect:
		ok = len(raw) == 0 || raw[0] == msgpcode.Nil || isMap(raw[0])
	case Disconnect:
		ok = len(raw) == 0 || raw[0] == msgpcode.Nil
	case ConnectError:
		ok = len(raw) > 0 && (isMap(raw[0]) || msgpcode.IsString(raw[0]))
	case Event:
		args, err := msgpackArgs(raw)
		ok = err == nil && len(args) > 0 && isString(args[0])
	case Ack:
		_, err := msgpackArgs(raw)
		ok = err == nil && pk.ID != nil
	}
	if !ok {
		return invalid("payload %.40x does not fit packet type %d", raw, pk.Kind)
	}
	return nil
}

func isMap(c byte) bool {
	return msgpcode.IsFixedMap(c) || c == msgpcode.Map16 || c == msgpcode.Map32
}

func isString(v any) bool {
	_, ok := v.(string)
	return ok
}

func msgpackArgs(raw []byte) ([]any, error) {
	r := bytes.NewReader(raw)
	dec := msgpack.NewDecoder(r)
	v, err := dec.DecodeInterface() // the loose one takes binaries for text
	if err != nil {
		return nil, invalid("payload: %v", err)
	}
	args, ok := v.([]any)
	if !ok || r.Len() > 0 {
		return nil, invalid("payload is not one array")
	}
	return numbers(args).([]any), nil
}

// numbers makes every number a float64, as JavaScript does.
func numbers(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
		return v
	}
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return float64(r.Int())
	case r.CanUint():
		return float64(r.Uint())
	case r.CanFloat():
		return r.Float()
	}
	return v
}

func marshalMsgpack(args []any) (Value, error) {
	if args == nil {
		args = []any{} // nil would become nil, not an empty array
	}
	raw, err := msgpack.Marshal(args)
	return Value{Raw: raw}, err
}

func (p Parser) marshal(v any) ([]byte, error) {
	if p == Msgpack {
		var buf bytes.Buffer
		enc := msgpack.NewEncoder(&buf)
		enc.SetCustomStructTag("json")
		err := enc.Encode(v)
		return buf.Bytes(), err
	}
	return json.Marshal(v)
}

func (p Parser) unmarshal(raw []byte, dst any) error {
	if p == Msgpack {
		dec := msgpack.NewDecoder(bytes.NewReader(raw))
		dec.SetCustomStructTag("json")
		return dec.Decode(dst)
	}
	return json.Unmarshal(raw, dst)
}
