package mongodriver

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// A request is the document
//
//	{_id, t: "Req", [target: server id], ns, origin: our id, data: [int32, …], createdAt: date}
//
// (socketioxide-mongodb 0.1.5, src/drivers/mod.rs: Item, ItemHeader). Data is the
// msgpack form as an array of numbers: servers refuse binary. They never read
// createdAt, which the TTL index does. It is written here byte by byte: encoding a
// slice of int32 by reflection costs ten times as much.
//
//	int32 length │ type, name, 0, value │ … │ 0        (a document, and an array)

// maxDocument is the most bytes that MongoDB takes for a document.
const maxDocument = 16 << 20

// Names and types of elements, with the parts of their values that never change.
const (
	idHead      = "\x07_id\x00"
	requestHead = "\x02t\x00\x04\x00\x00\x00Req\x00"
	targetHead  = "\x02target\x00"
	nsHead      = "\x02ns\x00"
	originHead  = "\x02origin\x00\x11\x00\x00\x00"
	dataHead    = "\x04data\x00"
	dateHead    = "\x09createdAt\x00"
)

const (
	idLen     = len(bson.ObjectID{})
	lengthLen = 4
	dateLen   = 8
)

// fixedLen is the length of a document without target, namespace and elements of
// data.
const fixedLen = lengthLen + len(idHead) + idLen + len(requestHead) +
	len(nsHead) + lengthLen + 1 + len(originHead) + protocol.IDLen + 1 +
	len(dataHead) + lengthLen + 1 + len(dateHead) + dateLen + 1

// document is what a request becomes.
type document struct {
	id                bson.ObjectID // makes an insert that is repeated fail instead of being a second message
	server, namespace string
	origin            protocol.ID
	data              []byte // msgpack
	created           time.Time
}

// len is the exact length of the document.
func (d *document) len() int {
	n := fixedLen + len(d.namespace) + elementsLen(len(d.data))
	if d.server != "" {
		n += len(targetHead) + lengthLen + len(d.server) + 1
	}
	return n
}

// check refuses what MongoDB would not take.
func (d *document) check() error {
	n := d.len()
	if n <= maxDocument {
		return nil
	}
	most := maxElements(maxDocument - (n - elementsLen(len(d.data))))
	return emitter.NotSent(fmt.Errorf("%w: the message has %d bytes and its document would have %d, of which MongoDB takes %d: send at most %d bytes of message to %s",
		emitter.ErrTooLarge, len(d.data), n, maxDocument, most, d.namespace))
}

// append appends the document.
func (d *document) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(d.len()))
	dst = append(append(dst, idHead...), d.id[:]...)
	dst = append(dst, requestHead...)
	if d.server != "" {
		dst = appendString(append(dst, targetHead...), d.server)
	}
	dst = appendString(append(dst, nsHead...), d.namespace)
	dst = append(append(append(dst, originHead...), d.origin[:]...), 0)
	dst = append(dst, dataHead...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(lengthLen+elementsLen(len(d.data))+1))
	dst = append(appendElements(dst, d.data), 0)
	dst = append(dst, dateHead...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(d.created.UnixMilli()))
	return append(dst, 0)
}

func appendString(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(s)+1))
	return append(append(dst, s...), 0)
}

// templates have the elements of arrays of int32, all 0: the name of an element is its
// place in decimal digits. A longer one is made when it is first needed.
var templates = [...]struct {
	elements int
	bytes    func() []byte
}{
	{1000, sync.OnceValue(func() []byte { return appendNumbered(nil, 0, make([]byte, 1000)) })},     // 9 kB
	{10_000, sync.OnceValue(func() []byte { return appendNumbered(nil, 0, make([]byte, 10_000)) })}, // 99 kB
	{70_000, sync.OnceValue(func() []byte { return appendNumbered(nil, 0, make([]byte, 70_000)) })}, // 759 kB
}

// appendElements appends the elements of an array of int32, one for each byte: those
// of a template, with the bytes put in, and what is beyond one by one.
func appendElements(dst, data []byte) []byte {
	t := &templates[0]
	for i := 1; i < len(templates) && len(data) > t.elements; i++ {
		t = &templates[i]
	}
	n, start := min(len(data), t.elements), len(dst)
	dst = append(dst, t.bytes()[:elementsLen(n)]...)
	elements := dst[start:]
	for from, to, digits := 0, 10, 1; from < n; from, to, digits = to, 10*to, digits+1 {
		at, length := 1+digits+1, elementLen(digits)
		for _, b := range data[from:min(to, n)] {
			elements[at] = b
			at += length
		}
		elements = elements[(min(to, n)-from)*length:]
	}
	return appendNumbered(dst, n, data[n:])
}

// appendNumbered does so one by one, from a place in the array on.
func appendNumbered(dst []byte, from int, data []byte) []byte {
	for i, b := range data {
		dst = append(dst, byte(bson.TypeInt32))
		dst = strconv.AppendInt(dst, int64(from+i), 10)
		dst = append(dst, 0, b, 0, 0, 0)
	}
	return dst
}

// elementLen is the length of an element whose name has so many digits: its type, its
// name, a zero, and four bytes.
func elementLen(digits int) int { return 1 + digits + 1 + 4 }

// elementsLen is the length of the elements of an array of n int32.
func elementsLen(n int) int {
	size := 0
	for from, to, digits := 0, 10, 1; from < n; from, to, digits = to, 10*to, digits+1 {
		size += (min(n, to) - from) * elementLen(digits)
	}
	return size
}

// maxElements is how many elements fit into size bytes.
func maxElements(size int) int {
	for from, to, digits := 0, 10, 1; ; from, to, digits = to, 10*to, digits+1 {
		n := size / elementLen(digits)
		if n < to-from {
			return from + max(0, n)
		}
		size -= (to - from) * elementLen(digits)
	}
}
