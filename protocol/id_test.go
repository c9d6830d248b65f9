package protocol

import (
	"errors"
	"testing"
)

func TestIDs(t *testing.T) {
	seen := map[ID]bool{}
	for range 10_000 {
		id := NewID()
		if again, err := ParseID(id.String()); err != nil || again != id || seen[id] {
			t.Fatalf("%s: %v, seen before: %v", id, err, seen[id])
		}
		seen[id] = true
	}
	if a, b := NewNodeID(), NewNodeID(); a == b {
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
