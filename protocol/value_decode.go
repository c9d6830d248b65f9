package protocol

// value reads a Value. Its bytes share r's memory where they come as bin.
func (r *reader) value() Value {
	r.tuple("value", 3)
	v := Value{Kind: ValueKind(r.uint("value's kind", uint64(Binary)))}
	v.Data = r.bytes("value's data")
	v.Attachments = r.attachments()
	if v.Attachments != nil && v.Kind == Binary {
		r.fail("a binary value has attachments")
	}
	return v
}

// attachments reads nil or a list of bytes. Each has a placeholder in the text
// before it, so a list is never longer than the message; a list of more than half
// of its bytes is refused, as it could only be made to use up memory.
func (r *reader) attachments() [][]byte {
	if r.nil() {
		return nil
	}
	n := r.array("attachments")
	if n > len(r.b)/2 {
		r.fail("%d attachments in a message of %d bytes", n, len(r.b))
	}
	if r.err != nil {
		return nil
	}
	list := make([][]byte, 0, n)
	for range n {
		list = append(list, r.bytes("attachment"))
		if r.err != nil {
			return nil
		}
	}
	return list
}
