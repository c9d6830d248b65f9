package protocol

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
)

const (
	nodeStr = "\xb0NNNNNNNNNNNNNNNN"
	idStr   = "\xb0IIIIIIIIIIIIIIII"
)

func TestHostileRequestsAreRefused(t *testing.T) {
	head := "\x96" + nodeStr + idStr
	opts := "\x95\x02\x90\x90\xc0\xc0"
	for name, wire := range map[string]string{
		"nothing":                   "",
		"a number":                  "\x01",
		"a string":                  "\xa1a",
		"half":                      head,
		"a short id":                "\x96\xa1N" + idStr + "\x02\xc0\xc0" + opts,
		"an id of other letters":    "\x96" + nodeStr + "\xb0IIIIIIIIIIIIIII!" + "\x02\xc0\xc0" + opts,
		"a type of 7":               head + "\x07\xc0\xc0" + opts,
		"a negative type":           head + "\xd0\xff\xc0\xc0" + opts,
		"a type of minus 2^63":      head + "\xd3\x80\x00\x00\x00\x00\x00\x00\x00\xc0\xc0" + opts,
		"a broadcast without one":   head + "\x00\xc0\xc0" + opts,
		"a join without rooms":      head + "\x04\xc0\xc0" + opts,
		"no opts":                   head + "\x02\xc0\xc0\xc0",
		"bytes after it":            head + "\x02\xc0\xc0" + opts + "\x00",
		"five elements":             "\x95" + nodeStr + idStr + "\x02\xc0\xc0",
		"eight elements":            "\x98" + nodeStr + idStr + "\x02\xc0\xc0" + opts + "\xc0\xc0",
		"4 Gi rooms announced":      head + "\x04\xc0\xdd\xff\xff\xff\xff" + opts,
		"4 GiB of text announced":   head + "\x00\x95\xa1/\x02\x93\x00\xc6\xff\xff\xff\xff",
		"a str as text":             head + "\x00\x95\xa1/\x02\x93\x00\xa2[]\xc0\xc0\xc0\xc0" + opts,
		"a byte of 256":             head + "\x00\x95\xa1/\x02\x93\x00\x91\xcd\x01\x00\xc0\xc0\xc0\xc0" + opts,
		"a value of kind 2":         head + "\x00\x95\xa1/\x02\x93\x02\xc4\x00\xc0\xc0\xc0\xc0" + opts,
		"binary with attachments":   head + "\x00\x95\xa1/\x02\x93\x01\xc4\x00\x90\xc0\xc0\xc0" + opts,
		"packet type 3":             head + "\x00\x95\xa1/\x03\x93\x00\xc4\x00\xc0\xc0\xc0\xc0" + opts,
		"data twice":                head + "\x00\x82" + strings.Repeat(str("data")+"\x93\x00\xc4\x00\xc0", 2) + "\xc0" + opts,
		"an ack timeout beyond all": "\x97" + nodeStr + idStr + "\x02\xc0\xc0" + opts + "\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
		"a field nested too deep":   "\x81\xa1x" + strings.Repeat("\x91", maxDepth+1) + "\xc0",
		"a map without ids":         "\x82" + str("type") + "\x02" + str("opts") + opts,
	} {
		if req, err := DecodeRequest([]byte(wire)); err == nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v; want ErrMalformed", name, req, err)
		}
	}
}

func TestHostileResponsesAreRefused(t *testing.T) {
	for name, wire := range map[string]string{
		"nothing":                     "",
		"kind 4":                      "\x92" + nodeStr + "\x92\x04\x90",
		"three elements":              "\x93" + nodeStr + "\x92\x02\x90\xc0",
		"a count beyond 32 bits":      "\x92" + nodeStr + "\x92\x01\xcf\x00\x00\x00\x01\x00\x00\x00\x00",
		"a room that is a number":     "\x92" + nodeStr + "\x92\x02\x91\x01",
		"64 Ki sockets announced":     "\x92" + nodeStr + "\x92\x03\xdc\xff\xff" + strings.Repeat("\xc0", 70_000),
		"an ack with two results":     "\x92" + nodeStr + "\x92\x00\x92" + idStr + "\x82\xa2Ok\x93\x00\xc4\x00\xc0\xa2Ok\x93\x00\xc4\x00\xc0",
		"an ack that is Maybe":        "\x92" + nodeStr + "\x92\x00\x92" + idStr + "\x81\xa5Maybe\xc0",
		"an error nested too deep":    "\x92" + nodeStr + "\x92\x00\x92" + idStr + "\x81\xa3Err\x81\xa1x" + strings.Repeat("\x91", maxDepth) + "\xc0",
		"attachments beyond the size": "\x92" + nodeStr + "\x92\x00\x92" + idStr + "\x81\xa2Ok\x93\x00\xc4\x00\xdd\x00\x01\x00\x00" + strings.Repeat("\x90", 65536),
	} {
		if res, err := DecodeResponse([]byte(wire)); err == nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v; want ErrMalformed", name, res, err)
		}
	}
	if _, err := DecodeResponse(make([]byte, MaxMessage+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("more than 64 MiB: %v; want ErrMalformed", err)
	}
	if _, err := DecodeRequest(make([]byte, MaxMessage+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("more than 64 MiB: %v; want ErrMalformed", err)
	}
}

// Decoding allocates at most 20 times its input plus 64 KiB, whatever the input
// is: the worst are many rooms of no bytes and many empty attachments.
func TestDecodingAllocatesInProportion(t *testing.T) {
	const n = 1 << 20
	list := "\xdd\x00\x10\x00\x00"
	for name, wire := range map[string]string{
		"rooms of no bytes":    "\x92" + nodeStr + "\x92\x02" + list + strings.Repeat("\xa0", n),
		"rooms of two bytes":   "\x92" + nodeStr + "\x92\x02" + list + strings.Repeat("\xa2ab", n),
		"attachments as bin":   "\x92" + nodeStr + "\x92\x00\x92" + idStr + "\x81\xa2Ok\x93\x00\xc4\x00" + list + strings.Repeat("\xc4\x00", n),
		"attachments as lists": "\x92" + nodeStr + "\x92\x00\x92" + idStr + "\x81\xa2Ok\x93\x00\xc6\x00\x10\x00\x00" + strings.Repeat("x", n) + list + strings.Repeat("\x90", n),
		"an integer array":     "\x92" + nodeStr + "\x92\x00\x92" + idStr + "\x81\xa2Ok\x93\x01" + list + strings.Repeat("\x01", n) + "\xc0",
	} {
		data := []byte(wire)
		var err error
		got := allocated(func() { _, err = DecodeResponse(data) })
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if most := uint64(20*len(data) + 64<<10); got > most {
			t.Errorf("%s: %d bytes allocated for %d of input, at most %d are allowed", name, got, len(data), most)
		}
	}
}

// allocated returns how many bytes f allocates. Other goroutines count too: the
// least of several runs is taken.
func allocated(f func()) uint64 {
	least := ^uint64(0)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// FuzzDecode: no input panics or allocates out of proportion, and what is decoded
// comes back from its own wire form.
func FuzzDecode(f *testing.F) {
	for _, req := range requests() {
		req.Node, req.ID = testNode, testID
		if req.MsgpackLen() < 4096 {
			f.Add(req.AppendMsgpack(nil))
		}
	}
	for _, res := range responses {
		res.Server, res.Request = testNode, testID
		f.Add(res.AppendAddressed(nil))
		f.Add(res.AppendMsgpack(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var req *Request
		var res [2]*Response
		got := allocated(func() {
			req, _ = DecodeRequest(data)
			res[0], _ = DecodeResponse(data)
			res[1], _ = DecodeAddressedResponse(data)
		})
		if most := uint64(3 * (20*len(data) + 64<<10)); got > most {
			t.Errorf("%d bytes allocated for %d of input", got, len(data))
		}
		if req != nil {
			again, err := DecodeRequest(req.AppendMsgpack(nil))
			if err != nil || !bytes.Equal(again.AppendMsgpack(nil), req.AppendMsgpack(nil)) {
				t.Errorf("a decoded request does not come back: %v", err)
			}
		}
		for _, r := range res {
			if r == nil {
				continue
			}
			again, err := DecodeAddressedResponse((&Response{Request: testID, Server: r.Server, Kind: r.Kind, Ack: r.Ack, Count: r.Count, Rooms: r.Rooms, Sockets: r.Sockets}).AppendAddressed(nil))
			if err != nil || !bytes.Equal(again.AppendMsgpack(nil), r.AppendMsgpack(nil)) {
				t.Errorf("a decoded response does not come back: %v", err)
			}
		}
	})
}
