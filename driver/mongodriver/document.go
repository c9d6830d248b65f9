package mongodriver

import (
	"encoding/binary"
	"fmt"
	"strconv"
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

// block is how many elements of an array share a template.
const block = 1000

var (
	// firstBlock has the elements "0" to "999" of an array of int32, all 0.
	firstBlock []byte
	// valueAt is where in firstBlock the low byte of each value stands.
	valueAt [block]uint16
	// digits has the last three digits of the names in any later block.
	digits [block][3]byte
)

func init() {
	for i := range block {
		firstBlock = append(firstBlock, byte(bson.TypeInt32))
		firstBlock = append(strconv.AppendInt(firstBlock, int64(i), 10), 0)
		valueAt[i] = uint16(len(firstBlock))
		firstBlock = append(firstBlock, 0, 0, 0, 0)
		digits[i] = [3]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)}
	}
}

// appendElements appends the elements of an array of int32, one for each byte.
func appendElements(dst, data []byte) []byte {
	n, at := min(len(data), block), len(dst)
	dst = append(dst, firstBlock[:elementsLen(n)]...)
	for i, b := range data[:n] {
		dst[at+int(valueAt[i])] = b
	}
	data = data[n:]
	for thousands := int64(1); len(data) > 0; thousands++ {
		n := min(len(data), block)
		var head [8]byte
		name := strconv.AppendInt(head[:0], thousands, 10)
		for i, b := range data[:n] {
			dst = append(dst, byte(bson.TypeInt32))
			dst = append(dst, name...)
			d := &digits[i]
			dst = append(dst, d[0], d[1], d[2], 0, b, 0, 0, 0)
		}
		data = data[n:]
	}
	return dst
}

// elementsLen is the length of the elements of an array of n int32: each has its
// type, its place in decimal digits, a zero, and four bytes.
func elementsLen(n int) int {
	size := 0
	for digits, from, to := 1, 0, 10; from < n; digits, from, to = digits+1, to, 10*to {
		size += (min(n, to) - from) * (1 + digits + 1 + 4)
	}
	return size
}

// maxElements is how many elements fit into size bytes.
func maxElements(size int) int {
	most := 0
	for digits, from, to := 1, 0, 10; size > 0; digits, from, to = digits+1, to, 10*to {
		n := min(to-from, size/(1+digits+1+4))
		most += n
		size -= n * (1 + digits + 1 + 4)
		if n < to-from {
			break
		}
	}
	return most
}
