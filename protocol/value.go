package protocol

// ValueKind tells which parser a Value comes from. A server drops, or dies of, a
// value of the other parser's kind: see docs/protocol.md, "What harms a cluster".
type ValueKind uint8

const (
	Text   ValueKind = 0 // of the common parser: JSON text and binary attachments
	Binary ValueKind = 1 // of the msgpack parser: one msgpack array
)

// Value is the data of a packet: an event's name and arguments, or an ack's
// arguments, as the parser wrote them (socketioxide-core, src/lib.rs: Value).
//
// What is large and needs no change is not copied into Data: each Splice holds
// bytes that stand before Data[At:]. AppendData puts all together.
type Value struct {
	Kind ValueKind
	Data []byte
	// Splices are in the order of At, which never exceeds len(Data).
	Splices []Splice
	// Attachments are the binaries of a Text value, by the number that its
	// placeholders name; nil for a Binary value.
	Attachments [][]byte
}

// Splice is a part of a Value's data that is held by reference.
type Splice struct {
	At    int
	Bytes []byte
}

// DataLen returns the length of the value's data with its splices.
func (v *Value) DataLen() int {
	n := len(v.Data)
	for i := range v.Splices {
		n += len(v.Splices[i].Bytes)
	}
	return n
}

// AppendData appends the value's data with its splices in place: UTF-8 JSON of a
// Text value, msgpack of a Binary one.
func (v *Value) AppendData(dst []byte) []byte {
	from := 0
	for i := range v.Splices {
		s := &v.Splices[i]
		dst = append(dst, v.Data[from:s.At]...)
		dst = append(dst, s.Bytes...)
		from = s.At
	}
	return append(dst, v.Data[from:]...)
}

// Clone returns a value that shares no memory with v.
func (v *Value) Clone() Value {
	c := Value{Kind: v.Kind}
	if v.Data != nil || len(v.Splices) > 0 {
		c.Data = v.AppendData(make([]byte, 0, v.DataLen()))
	}
	if v.Attachments == nil {
		return c
	}
	size := 0
	for _, a := range v.Attachments {
		size += len(a)
	}
	all := make([]byte, 0, size)
	c.Attachments = make([][]byte, len(v.Attachments))
	for i, a := range v.Attachments {
		from := len(all)
		all = append(all, a...)
		c.Attachments[i] = all[from:len(all):len(all)]
	}
	return c
}
