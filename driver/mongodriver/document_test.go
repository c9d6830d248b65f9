package mongodriver

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// plain is the plain twin of document.
type plain struct {
	ID        bson.ObjectID `bson:"_id"`
	T         string        `bson:"t"`
	Target    string        `bson:"target,omitempty"`
	NS        string        `bson:"ns"`
	Origin    string        `bson:"origin"`
	Data      []int32       `bson:"data"`
	CreatedAt time.Time     `bson:"createdAt"`
}

func (d *document) plain(t *testing.T) []byte {
	t.Helper()
	p := plain{d.id, "Req", d.server, d.namespace, string(d.origin[:]), make([]int32, len(d.data)), d.created}
	for i, b := range d.data {
		p.Data[i] = int32(b)
	}
	b, err := bson.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func someDocument(namespace, server string, data []byte) *document {
	return &document{
		id: bson.NewObjectID(), server: server, namespace: namespace,
		origin: protocol.NewNodeID(), data: data, created: time.UnixMilli(1_700_000_000_123),
	}
}

func checkTwin(t *testing.T, d *document) {
	t.Helper()
	got, want := d.append([]byte("before"))[len("before"):], d.plain(t)
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes of data to %q of %q:\n got %q\nwant %q", len(d.data), d.server, d.namespace, clip(got), clip(want))
	}
	if d.len() != len(want) {
		t.Fatalf("%d bytes of data: len is %d, not %d", len(d.data), d.len(), len(want))
	}
	elements, err := bson.Raw(got).LookupErr("data")
	if err != nil {
		t.Fatal(err)
	}
	data, err := decodeElements(elements.Array())
	if err != nil || !bytes.Equal(data, d.data) {
		t.Fatalf("%d bytes of data come back as %d, %v", len(d.data), len(data), err)
	}
}

func clip(b []byte) []byte { return b[:min(len(b), 300)] }

func TestDocument(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 1001, 1999, 2000, 9999, 10_000, 10_001, 100_001, 1_000_001} {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i * 7)
		}
		checkTwin(t, someDocument("/", "", data))
		checkTwin(t, someDocument("/chat ü", "BBBBBBBBBBBBBBBB", data))
	}
}

func FuzzDocument(f *testing.F) {
	f.Add("/", "", []byte("\x96"), 1)
	f.Add("/admin", "BBBBBBBBBBBBBBBB", bytes.Repeat([]byte{255}, 1001), 3)
	f.Fuzz(func(t *testing.T, namespace, server string, data []byte, times int) {
		if strings.ContainsRune(server, 0) || !json.Valid([]byte(`"`+namespace+`"`)) {
			t.Skip("no request has such a server or namespace")
		}
		checkTwin(t, someDocument(namespace, server, bytes.Repeat(data, 1+max(0, times)%50)))
	})
}

// TestLimit: protocol.md has computed 1,376,009 bytes for a document without _id and
// target.
func TestLimit(t *testing.T) {
	for i := range 26 { // elements have 13 bytes there: some document is a byte too long
		server := strings.Repeat("B", i%2*16)
		d := someDocument("/"+strings.Repeat("x", i/2), server, nil)
		most := maxElements(maxDocument - d.len())
		d.data = make([]byte, most)
		if err := d.check(); err != nil || d.len() > maxDocument {
			t.Errorf("%d bytes, a document of %d: %v", most, d.len(), err)
		}
		d.data = make([]byte, most+1)
		err := d.check()
		if !errors.Is(err, emitter.ErrTooLarge) || !emitter.SafeToRetry(err) || d.len() <= maxDocument {
			t.Errorf("%d bytes, a document of %d: %v", most+1, d.len(), err)
		}
		if want := "at most 137"; !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not name the limit", err)
		}
	}
}

func TestElements(t *testing.T) {
	for n := 0; n < 75_000; n += 1 + n/50 {
		size := elementsLen(n)
		if got := len(appendElements(nil, make([]byte, n))); got != size {
			t.Fatalf("%d elements: %d bytes, elementsLen says %d", n, got, size)
		}
		if got := maxElements(size); got != n {
			t.Fatalf("into %d bytes fit %d elements, maxElements says %d", size, n, got)
		}
	}
}
