package mongodriver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sioxide/emitter/protocol"
)

// heartbeats are the types of the requests by which servers say that they are there.
var heartbeats = bson.A{int32(protocol.Heartbeat), int32(protocol.InitHeartbeat)}

// item is a document that a server has inserted.
type item struct {
	isHeartbeat bool
	namespace   string
	origin      protocol.ID // the server
	request     protocol.ID // the question of an answer
	data        []byte      // msgpack
}

// decodeEvent reads an event of a change stream. Anybody may insert: what no server
// writes is an error.
func decodeEvent(event bson.Raw) (*item, error) {
	doc, ok := event.Lookup("fullDocument").DocumentOK()
	if !ok {
		return nil, errors.New("an event without a document")
	}
	kind, _ := doc.Lookup("t").StringValueOK()
	it := &item{isHeartbeat: kind == "Req"}
	it.namespace, _ = doc.Lookup("ns").StringValueOK()
	var err error
	if it.origin, err = idOf(doc, "origin"); err != nil {
		return nil, err
	}
	if !it.isHeartbeat {
		if it.request, err = idOf(doc, "request"); err != nil {
			return nil, err
		}
	}
	array, ok := doc.Lookup("data").ArrayOK()
	if !ok {
		return nil, errors.New("data is no array")
	}
	if it.data, err = decodeElements(array); err != nil {
		return nil, err
	}
	if it.isHeartbeat && !isHeartbeat(it.data) {
		return nil, errors.New("a request that is no heartbeat")
	}
	return it, nil
}

func isHeartbeat(data []byte) bool {
	const arrayHead, headMask = 0x90, 0xf0 // msgpack: fixarray
	return len(data) > heartbeatAt && data[0]&headMask == arrayHead &&
		slices.Contains(heartbeats, any(int32(data[heartbeatAt])))
}

func idOf(doc bson.Raw, name string) (protocol.ID, error) {
	s, _ := doc.Lookup(name).StringValueOK()
	id, err := protocol.ParseID(s)
	if err != nil {
		return id, fmt.Errorf("%s: %w", name, err)
	}
	return id, nil
}

// decodeElements reads an array of int32 or int64 that are bytes.
func decodeElements(array []byte) ([]byte, error) {
	if len(array) < lengthLen+1 {
		return nil, errShort
	}
	rest := array[lengthLen:]
	data := make([]byte, 0, len(rest)/8)
	for len(rest) > 0 && rest[0] != 0 {
		kind := bson.Type(rest[0])
		end := bytes.IndexByte(rest, 0)
		if end < 0 {
			return nil, errShort
		}
		rest = rest[end+1:]
		var v uint64
		switch {
		case kind == bson.TypeInt32 && len(rest) >= 4:
			v, rest = uint64(binary.LittleEndian.Uint32(rest)), rest[4:]
		case kind == bson.TypeInt64 && len(rest) >= 8:
			v, rest = binary.LittleEndian.Uint64(rest), rest[8:]
		default:
			return nil, fmt.Errorf("data has an element of type %s: %w", kind, errNumber)
		}
		if v > 0xff {
			return nil, errNumber
		}
		data = append(data, byte(v))
	}
	return data, nil
}

var (
	errShort  = errors.New("data ends too early")
	errNumber = errors.New("data is not an array of numbers from 0 to 255")
)
