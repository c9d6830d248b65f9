package socketio

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// The common parser writes `TYPE[N-][NAMESPACE,][ID][JSON]`, N being the number of
// attachments, each of which follows as a binary frame.

func encodeCommon(pk *Packet) []Frame {
	head := []byte{'0' + byte(pk.Kind)}
	if pk.Kind == BinaryEvent || pk.Kind == BinaryAck {
		head = strconv.AppendInt(head, int64(len(pk.Data.Attachments)), 10)
		head = append(head, '-')
	}
	if pk.Namespace != "/" {
		head = append(head, pk.Namespace...)
		head = append(head, ',')
	}
	if pk.ID != nil {
		head = strconv.AppendInt(head, *pk.ID, 10)
	}
	frames := []Frame{{Data: append(head, pk.Data.Raw...)}}
	for _, a := range pk.Data.Attachments {
		frames = append(frames, Frame{Binary: true, Data: a})
	}
	return frames
}

func decodeCommon(text []byte) (pk *Packet, attachments int, err error) {
	if len(text) == 0 || text[0] < '0' || text[0] > '0'+byte(BinaryAck) {
		return nil, 0, invalid("unknown packet type in %.20q", text)
	}
	pk = &Packet{Kind: Kind(text[0] - '0'), Namespace: "/"}
	rest := text[1:]
	if pk.Kind == BinaryEvent || pk.Kind == BinaryAck {
		count, after, found := bytes.Cut(rest, []byte("-"))
		attachments, err = strconv.Atoi(string(count))
		if !found || err != nil || attachments < 0 {
			return nil, 0, invalid("no number of attachments in %.20q", text)
		}
		rest = after
	}
	if len(rest) > 0 && rest[0] == '/' {
		ns, after, _ := bytes.Cut(rest, []byte(","))
		pk.Namespace, rest = string(ns), after
	}
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	if digits > 0 {
		id, err := strconv.ParseInt(string(rest[:digits]), 10, 64)
		if err != nil {
			return nil, 0, invalid("ack id %s", rest[:digits])
		}
		pk.ID, rest = &id, rest[digits:]
	}
	if len(rest) > 0 {
		pk.Data.Raw = slices.Clone(rest)
	}
	return pk, attachments, checkCommon(pk)
}

// checkCommon holds a payload against its packet type.
func checkCommon(pk *Packet) error {
	raw := pk.Data.Raw
	if len(raw) > 0 && !json.Valid(raw) {
		return invalid("payload is not JSON: %.40q", raw)
	}
	ok := false
	switch pk.Kind {
	case Connect:
		ok = len(raw) == 0 || raw[0] == '{'
	case Disconnect:
		ok = len(raw) == 0
	case ConnectError:
		ok = len(raw) > 0 && (raw[0] == '{' || raw[0] == '"')
	case Event, BinaryEvent:
		var name []json.RawMessage
		ok = json.Unmarshal(raw, &name) == nil && len(name) > 0 && name[0][0] == '"'
	case Ack, BinaryAck:
		ok = len(raw) > 0 && raw[0] == '[' && pk.ID != nil
	}
	if !ok {
		return invalid("payload %.40q does not fit packet type %d", raw, pk.Kind)
	}
	return nil
}

func commonArgs(pk *Packet) ([]any, error) {
	var args []any
	if err := json.Unmarshal(pk.Data.Raw, &args); err != nil {
		return nil, invalid("payload: %v", err)
	}
	if pk.Kind != BinaryEvent && pk.Kind != BinaryAck {
		return args, nil
	}
	filled, err := fill(args, pk.Data.Attachments)
	if err != nil {
		return nil, err
	}
	return filled.([]any), nil
}

// fill puts attachments in the place of the objects that stand for them.
func fill(v any, attachments [][]byte) (any, error) {
	var err error
	switch v := v.(type) {
	case []any:
		for i := range v {
			if v[i], err = fill(v[i], attachments); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if v["_placeholder"] == true {
			num, ok := v["num"].(float64)
			if !ok || num < 0 || num >= float64(len(attachments)) {
				return nil, invalid("placeholder %v, but there are %d attachments", v["num"], len(attachments))
			}
			return attachments[int(num)], nil
		}
		for k := range v {
			if v[k], err = fill(v[k], attachments); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func marshalCommon(args []any) (Value, error) {
	var v Value
	raw, err := json.Marshal(extract(args, &v.Attachments))
	v.Raw = raw
	return v, err
}

// extract is the way back from fill: it returns v with placeholders for binaries.
func extract(v any, attachments *[][]byte) any {
	switch v := v.(type) {
	case []byte:
		*attachments = append(*attachments, v)
		return map[string]any{"_placeholder": true, "num": len(*attachments) - 1}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = extract(v[i], attachments)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = extract(v[k], attachments)
		}
		return out
	}
	return v
}
