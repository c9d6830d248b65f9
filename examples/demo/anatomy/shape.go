package anatomy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/protocol"
)

// shape is what is known of a value beside its bytes.
type shape struct {
	names   []string            // of an array's elements; the others have their number
	members []*shape            // of the elements, as far as they are known
	by      map[string]*shape   // of a map's members that no name above has
	each    *shape              // of all elements, where names is empty
	note    func(uint64) string // what a number means
	payload bool                // bytes, shown by reveal
	isKind  bool                // the number says which parser wrote the payload
	reveal  func(kind protocol.ValueKind, raw []byte) string
}

var plain = &shape{}

func (s *shape) element(i int) (string, *shape) {
	switch {
	case i < len(s.names) && i < len(s.members) && s.members[i] != nil:
		return s.names[i], s.members[i]
	case i < len(s.names):
		return s.names[i], plain
	case s.each != nil:
		return strconv.Itoa(i), s.each
	}
	return strconv.Itoa(i), plain
}

func (s *shape) member(name string) *shape {
	for i, n := range s.names {
		if n == name {
			_, sub := s.element(i)
			return sub
		}
	}
	if sub := s.by[name]; sub != nil {
		return sub
	}
	return plain
}

func is[T ~uint8](name func(T) string) *shape {
	return &shape{note: func(n uint64) string { return name(T(min(n, 255))) }}
}

// The names are those of socketioxide-core, src/adapter/remote_packet.rs.
var (
	valueShape = &shape{
		names: []string{"kind", "bytes", "attachments"},
		members: []*shape{
			{isKind: true, note: func(n uint64) string { return valueKind(protocol.ValueKind(min(n, 255))) }},
			{payload: true, reveal: revealPayload},
			{each: &shape{payload: true, reveal: func(_ protocol.ValueKind, raw []byte) string { return hexText(raw) }}},
		},
	}
	packetShape = &shape{
		names:   []string{"ns", "type", "data", "ack", "error"},
		members: []*shape{nil, is(packetType), valueShape},
	}
	optsShape = &shape{
		names:   []string{"flags", "rooms", "except", "sid", "server_id"},
		members: []*shape{is(flags)},
	}
	requestShape = &shape{
		names:   []string{"node_id", "id", "type", "packet", "rooms", "opts", "ack_timeout_ms"},
		members: []*shape{nil, nil, is(protocol.Type.String), packetShape, nil, optsShape},
	}
)

func responseShape(kind protocol.Kind) *shape {
	body := plain
	switch kind {
	case protocol.KindAck:
		body = &shape{names: []string{"sid", "result"}, members: []*shape{nil, {by: map[string]*shape{"Ok": valueShape}}}}
	case protocol.KindSockets:
		body = &shape{each: &shape{names: []string{"sid", "server", "ns"}}}
	}
	inner := &shape{names: []string{"kind", "body"}, members: []*shape{is(responseKind), body}}
	outer := &shape{names: []string{"node_id", "type"}, members: []*shape{nil, inner}}
	return &shape{names: []string{"request", "response"}, members: []*shape{nil, outer}}
}

func valueKind(k protocol.ValueKind) string {
	switch k {
	case protocol.Text:
		return "text, of the common parser"
	case protocol.Binary:
		return "binary, of the msgpack parser"
	}
	return "unknown"
}

func packetType(t protocol.PacketType) string {
	switch t {
	case protocol.Event:
		return "event"
	case protocol.BinaryEvent:
		return "event with attachments"
	}
	return "unknown"
}

func flags(f protocol.Flags) string {
	var names []string
	for _, flag := range []struct {
		bit  protocol.Flags
		name string
	}{{protocol.FlagLocal, "local"}, {protocol.FlagBroadcast, "broadcast"}, {protocol.FlagVolatile, "volatile"}} {
		if f&flag.bit != 0 {
			names = append(names, flag.name)
		}
	}
	return strings.Join(names, ", ")
}

func responseKind(k protocol.Kind) string {
	switch k {
	case protocol.KindAck:
		return "ack of a socket"
	case protocol.KindAckCount:
		return "how many acks will follow"
	case protocol.KindRooms:
		return "rooms"
	case protocol.KindSockets:
		return "sockets"
	}
	return "unknown"
}

// revealPayload shows JSON as it is and msgpack as JSON.
func revealPayload(kind protocol.ValueKind, raw []byte) string {
	if kind == protocol.Text {
		if len(raw) <= maxText {
			return strings.ToValidUTF8(string(raw), "�")
		}
		cut := maxText
		for !utf8.RuneStart(raw[cut]) && cut > 0 {
			cut--
		}
		return strings.ToValidUTF8(string(raw[:cut]), "�") + " …"
	}
	if len(raw) > maxText {
		return hexText(raw)
	}
	args, err := socketio.Msgpack.Args(&socketio.Packet{Data: socketio.Value{Raw: raw}})
	if err != nil {
		return hexText(raw)
	}
	return showTree(args)
}

// showTree writes decoded arguments as JSON, binaries as <ca fe>.
func showTree(v any) string {
	switch v := v.(type) {
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = showTree(v[i])
		}
		return "[" + strings.Join(items, ",") + "]"
	case map[string]any:
		return "{" + strings.Join(members(v), ",") + "}"
	}
	return show(v)
}

func members(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s:%s", show(k), showTree(m[k])))
	}
	return out
}
