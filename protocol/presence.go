package protocol

import "fmt"

// presenceVersion begins a presence (docs/protocol.md, Kafka and NATS).
const presenceVersion = 1

// Presence is what servers on Kafka and NATS say of themselves, as neither counts who
// listens: `[1, node_id, [channel, …]]`, or `[1, node_id, nil]`, which asks who is there.
type Presence struct {
	Node       ID
	IsQuestion bool
	Channels   []string // that the node hears; none: it leaves
}

// AppendMsgpack appends the presence.
func (p *Presence) AppendMsgpack(dst []byte) []byte {
	dst = appendID(append(dst, mpFixArray|3, presenceVersion), &p.Node)
	if p.IsQuestion {
		return append(dst, mpNil)
	}
	return appendStrings(dst, p.Channels)
}

// DecodePresence reads a presence. The error wraps ErrMalformed and says where data is
// bad; one of another version is an error, too.
func DecodePresence(data []byte) (*Presence, error) {
	r := &reader{b: data}
	if len(data) > MaxMessage {
		r.fail("%d bytes, at most %d are taken", len(data), MaxMessage)
	}
	r.tuple("presence", 3)
	if v := r.uint("version", 1<<7-1); r.err == nil && v != presenceVersion {
		r.fail("version %d is not known", v)
	}
	p := &Presence{Node: r.id("node_id"), IsQuestion: r.nil()}
	if !p.IsQuestion {
		p.Channels = r.strings("channels")
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("protocol: decode presence: %w", err)
	}
	return p, nil
}
