package rooms

import (
	"slices"
	"testing"

	"github.com/sioxide/emitter/protocol"
)

func sid(c byte) protocol.ID {
	var id protocol.ID
	for i := range id {
		id[i] = c
	}
	return id
}

// The table of protocol.md, "Selection by opts".
func TestPick(t *testing.T) {
	a, b, c, d := sid('a'), sid('b'), sid('c'), sid('d')
	everybody := []protocol.ID{a, b, c, d}
	r := New()
	r.Join(a, []string{"news"})
	r.Join(b, []string{"news", "sport"})
	r.Join(c, []string{"sport"})

	const toAll = protocol.FlagBroadcast
	for name, tc := range map[string]struct {
		opts protocol.Opts
		want []protocol.ID
	}{
		"everybody":                     {protocol.Opts{Flags: toAll}, everybody},
		"everybody but a socket":        {protocol.Opts{Flags: toAll, Sid: a}, []protocol.ID{b, c, d}},
		"everybody but a room":          {protocol.Opts{Flags: toAll, Except: []string{"news"}}, []protocol.ID{c, d}},
		"a room":                        {protocol.Opts{Flags: toAll, Rooms: []string{"news"}}, []protocol.ID{a, b}},
		"a room, no flag":               {protocol.Opts{Rooms: []string{"news"}}, []protocol.ID{a, b}},
		"two rooms, each socket once":   {protocol.Opts{Flags: toAll, Rooms: []string{"news", "sport"}}, []protocol.ID{a, b, c}},
		"a room but another":            {protocol.Opts{Flags: toAll, Rooms: []string{"news"}, Except: []string{"sport"}}, []protocol.ID{a}},
		"a room but a socket":           {protocol.Opts{Flags: toAll, Rooms: []string{"news"}, Sid: a}, []protocol.ID{b}},
		"a room, no flag, a socket":     {protocol.Opts{Rooms: []string{"news"}, Sid: a}, []protocol.ID{a, b}},
		"a room that nobody has":        {protocol.Opts{Flags: toAll, Rooms: []string{"x"}}, nil},
		"one socket":                    {protocol.Opts{Sid: a}, []protocol.ID{a}},
		"one socket, except is ignored": {protocol.Opts{Sid: a, Except: []string{"news"}}, []protocol.ID{a}},
		"one socket that is not here":   {protocol.Opts{Sid: sid('x')}, []protocol.ID{sid('x')}},
		"nobody":                        {protocol.Opts{}, nil},
	} {
		got := r.Pick(&tc.opts, everybody)
		slices.SortFunc(got, func(x, y protocol.ID) int { return int(x[0]) - int(y[0]) })
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: picked %v, want %v", name, got, tc.want)
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
