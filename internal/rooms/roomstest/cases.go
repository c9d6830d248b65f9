// Package roomstest has the table of what a request's opts select, for the tests
// of everything that selects sockets.
package roomstest

import "github.com/sioxide/emitter/protocol"

// Joined says which rooms each of four sockets is in.
var Joined = map[string][]string{"a": {"news"}, "b": {"news", "sport"}, "c": {"sport"}, "d": nil}

// Case is one row.
type Case struct {
	Name string
	Opts protocol.Opts // without Sid
	Sid  string        // the socket of Opts.Sid, "x" for one that is not there, "" for none
	Want string        // the sockets, each once
}

const toAll = protocol.FlagBroadcast

// Cases is the table "Selection by opts" of docs/protocol.md.
var Cases = []Case{
	{"everybody", protocol.Opts{Flags: toAll}, "", "abcd"},
	{"everybody but a socket", protocol.Opts{Flags: toAll}, "a", "bcd"},
	{"everybody but a socket that is not here", protocol.Opts{Flags: toAll}, "x", "abcd"},
	{"everybody but a room", protocol.Opts{Flags: toAll, Except: []string{"news"}}, "", "cd"},
	{"everybody but a room and a socket", protocol.Opts{Flags: toAll, Except: []string{"news"}}, "c", "d"},
	{"a room", protocol.Opts{Flags: toAll, Rooms: []string{"news"}}, "", "ab"},
	{"a room, no flag", protocol.Opts{Rooms: []string{"news"}}, "", "ab"},
	{"a room, local and volatile", protocol.Opts{Flags: toAll | protocol.FlagLocal | protocol.FlagVolatile, Rooms: []string{"news"}}, "", "ab"},
	{"two rooms, each socket once", protocol.Opts{Flags: toAll, Rooms: []string{"news", "sport"}}, "", "abc"},
	{"a room twice", protocol.Opts{Flags: toAll, Rooms: []string{"sport", "sport"}}, "", "bc"},
	{"a room but another", protocol.Opts{Flags: toAll, Rooms: []string{"news"}, Except: []string{"sport"}}, "", "a"},
	{"a room but itself", protocol.Opts{Flags: toAll, Rooms: []string{"news"}, Except: []string{"news"}}, "", ""},
	{"a room but a socket", protocol.Opts{Flags: toAll, Rooms: []string{"news"}}, "a", "b"},
	{"a room, no flag, a socket", protocol.Opts{Rooms: []string{"news"}}, "a", "ab"},
	{"a room that nobody has", protocol.Opts{Flags: toAll, Rooms: []string{"x"}}, "", ""},
	{"one socket", protocol.Opts{}, "d", "d"},
	{"one socket, except is ignored", protocol.Opts{Except: []string{"news"}}, "a", "a"},
	{"one socket that is not here", protocol.Opts{}, "x", "x"},
	{"nobody", protocol.Opts{}, "", ""},
}
