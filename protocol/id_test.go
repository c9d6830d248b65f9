package protocol

import (
	"encoding/base64"
	"errors"
	"testing"
)

// The plain twin of encodeID.
func FuzzEncodeID(f *testing.F) {
	f.Add([]byte("twelve bytes"))
	f.Add([]byte{0, 1, 2, 0xfb, 0xff, 0xfe, 0x3f, 0x80, 0x7f, 9, 10, 11})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 12 {
			return
		}
		raw := [12]byte(b)
		if got, want := encodeID(&raw), base64.URLEncoding.EncodeToString(raw[:]); got.String() != want {
			t.Errorf("%x: %s, want %s", raw, got, want)
		}
	})
}

func TestIDs(t *testing.T) {
	seen := map[ID]bool{}
	for range 10_000 {
		id := NewID()
		if again, err := ParseID(id.String()); err != nil || again != id || seen[id] {
			t.Fatalf("%s: %v, seen before: %v", id, err, seen[id])
		}
		seen[id] = true
	}
	if NewNodeID() == NewNodeID() {
		t.Error("two nodes of one name")
	}
	for _, bad := range []string{"", "short", "AAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAA\x00", "ÄAAAAAAAAAAAAAA"} {
		if _, err := ParseID(bad); !errors.Is(err, ErrID) {
			t.Errorf("%q: %v, want ErrID", bad, err)
		}
	}
	if !(ID{}).IsZero() || (ID{}).String() != "" {
		t.Error("the zero ID is none")
	}
}
