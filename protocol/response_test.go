package protocol

import (
	"reflect"
	"strings"
	"testing"
)

var responses = map[string]*Response{
	"ack":            {Kind: KindAck, Ack: &Ack{Socket: testSid, Value: Value{Kind: Text, Data: []byte(`["a",1]`)}}},
	"binary ack":     {Kind: KindAck, Ack: &Ack{Socket: testSid, Value: Value{Kind: Text, Data: []byte(`["a"]`), Attachments: [][]byte{{1, 2}, {}}}}},
	"msgpack ack":    {Kind: KindAck, Ack: &Ack{Socket: testSid, Value: Value{Kind: Binary, Data: []byte{0x90}}}},
	"ack timeout":    {Kind: KindAck, Ack: &Ack{Socket: testSid, Err: AckTimedOut}},
	"socket closed":  {Kind: KindAck, Ack: &Ack{Socket: testSid, Err: AckSocketClosed}},
	"socket full":    {Kind: KindAck, Ack: &Ack{Socket: testSid, Err: AckSocketFull}},
	"unknown error":  {Kind: KindAck, Ack: &Ack{Socket: testSid, Err: AckUnknownError}},
	"no acks follow": {Kind: KindAckCount},
	"acks follow":    {Kind: KindAckCount, Count: 1 << 20},
	"no rooms":       {Kind: KindRooms},
	"rooms":          {Kind: KindRooms, Rooms: []string{"a", "", strings.Repeat("b", 300)}},
	"no sockets":     {Kind: KindSockets},
	"sockets":        {Kind: KindSockets, Sockets: []Socket{{testSid, testNode, "/"}, {testID, testNode, "/admin"}}},
}

func TestResponseComesBackFromItsWireForm(t *testing.T) {
	for name, res := range responses {
		res.Server, res.Request = testNode, testID
		got, err := DecodeAddressedResponse(res.AppendAddressed(nil))
		if err != nil || !reflect.DeepEqual(got, res) {
			t.Errorf("%s, addressed: %v\n got %+v\nwant %+v", name, err, got, res)
		}
		plain := *res
		plain.Request = ID{}
		got, err = DecodeResponse(res.AppendMsgpack(nil))
		if err != nil || !reflect.DeepEqual(got, &plain) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, &plain)
		}
	}
}
