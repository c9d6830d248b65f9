package rooms

import (
	"slices"
	"testing"

	"github.com/sioxide/emitter/internal/rooms/roomstest"
	"github.com/sioxide/emitter/protocol"
)

func sid(c byte) protocol.ID {
	var id protocol.ID
	for i := range id {
		id[i] = c
	}
	return id
}

func TestPick(t *testing.T) {
	var everybody []protocol.ID
	r := New()
	for name, joined := range roomstest.Joined {
		everybody = append(everybody, sid(name[0]))
		r.Join(sid(name[0]), joined)
	}
	for _, tc := range roomstest.Cases {
		if tc.Sid != "" {
			tc.Opts.Sid = sid(tc.Sid[0])
		}
		var got []byte
		for _, id := range r.Pick(&tc.Opts, everybody) {
			got = append(got, id[0])
		}
		slices.Sort(got)
		if string(got) != tc.Want {
			t.Errorf("%s: picked %s, want %s", tc.Name, got, tc.Want)
		}
	}
}

func TestRoomsForget(t *testing.T) {
	a, b := sid('a'), sid('b')
	r := New()
	r.Join(a, []string{"x", "y"})
	r.Join(b, []string{"y"})
	if got := r.Union([]protocol.ID{a, b}); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("rooms %v", got)
	}
	r.Leave(a, []string{"x", "never joined"})
	r.LeaveAll(b)
	if got := r.Union([]protocol.ID{a, b}); !slices.Equal(got, []string{"y"}) {
		t.Errorf("rooms after leaving %v", got)
	}
	r.LeaveAll(a)
	if len(r.members) != 0 || len(r.of) != 0 {
		t.Errorf("kept %v, %v", r.members, r.of)
	}
}
