package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// An event reaches the selected clients of both servers, and nobody else.
func TestEmit(t *testing.T) {
	c := startCluster(t, 2)
	a, b := c.connect(t, 0, "/", "news"), c.connect(t, 1, "/", "news", "muted")
	other := c.connect(t, 0, "/admin")

	c.run(t, "emit", "headline", `{"title":"hello", "n": 12345678901234567890}`, "null", "--to", "news", "--except", "muted").must(t, 0)
	a.must("headline", `[{"title":"hello","n":12345678901234567890},null]`)
	c.run(t, "emit", "all").must(t, 0)
	a.must("all", `[]`)
	b.must("all", `[]`)
	c.run(t, "emit", "one", "--socket", b.id).must(t, 0)
	b.must("one", `[]`)
	c.run(t, "emit", "but one", "--except-socket", b.id).must(t, 0)
	a.must("but one", `[]`)
	c.run(t, "emit", "of one server", "--server", c.servers[1].UID, "--volatile").must(t, 0)
	b.must("of one server", `[]`)
	c.run(t, "emit", "elsewhere", "--ns", "admin").must(t, 0)
	other.must("elsewhere", `[]`)

	// What came to the wrong ones would come before this.
	c.run(t, "emit", "end").must(t, 0)
	a.must("end", `[]`)
	b.must("end", `[]`)
}

func TestEmitBinaries(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/")
	path := filepath.Join(t.TempDir(), "cat.jpg")
	data := bytes.Repeat([]byte{0, 1, 2, 255}, 50_000)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c.run(t, "emit", "photo", `{"image":{"$file":"cat"},"esc":{"$esc":{"$file":1}},"n":1.50}`, `{"$bin":"yv4="}`, "--file", "cat=@"+path).must(t, 0)
	e := one.next()
	if len(e.bins) != 2 || !strings.Contains(e.args, `"esc":{"$file":1}`) || !strings.Contains(e.args, `"n":1.50`) {
		t.Fatalf("received %s with %d binaries", e.args, len(e.bins))
	}
	for _, want := range [][]byte{data, {0xca, 0xfe}} {
		if !bytes.Equal(e.bins[0], want) && !bytes.Equal(e.bins[1], want) {
			t.Errorf("a binary of %d bytes did not arrive", len(want))
		}
	}
	for text, args := range map[string][]string{
		`{"$file":"dog"} without --file dog=@path`: {`{"$file":"dog"}`, "--file", "cat=@" + path},
		`no argument has {"$file":"cat"}`:          {`1`, "--file", "cat=@" + path},
		"write NAME=@path":                         {`1`, "--file", path},
		"no such file":                             {`{"$file":"cat"}`, "--file", "cat=@" + path + "x"},
		"twice":                                    {`{"$file":"cat"}`, "--file", "cat=@" + path, "--file", "cat=@" + path},
	} {
		c.run(t, append([]string{"emit", "photo"}, args...)...).must(t, 2, text)
	}
}

type shownAnswer struct {
	Line                  int
	Socket, Server, Error string
	Args                  []any
}

// Each answer is printed, also that there is none.
func TestEmitWithAck(t *testing.T) {
	c := startCluster(t, 2)
	a, b := c.connect(t, 0, "/", "lobby"), c.connect(t, 1, "/", "lobby")
	a.answers(`["yes",1]`)
	r := c.run(t, "emit", "ready?", "1", "--to", "lobby", "--ack", "--timeout", "500ms").must(t, 0)
	answers := decodeLines[shownAnswer](t, r.stdout)
	if len(answers) != 2 {
		t.Fatalf("answers %+v", answers)
	}
	for _, got := range answers {
		switch got.Socket {
		case a.id:
			if got.Error != "" || len(got.Args) != 2 || got.Args[0] != "yes" || got.Args[1] != 1.0 || got.Server != c.servers[0].UID {
				t.Errorf("a answered %+v", got)
			}
		case b.id:
			if !strings.Contains(got.Error, "did not answer") || got.Args != nil {
				t.Errorf("b, which does not answer, is told as %+v", got)
			}
		default:
			t.Errorf("an answer of nobody: %+v", got)
		}
	}
	c.run(t, "emit", "ready?", "--to", "nobody", "--ack").must(t, 0)
	c.run(t, "emit", "ready?", "--volatile", "--ack").must(t, 1, "Volatile")
	c.servers[1].Pause(t)
	c.run(t, "emit", "ready?", "--to", "lobby", "--ack", "--timeout", "200ms").must(t, 1, "timed out")
}

// An id of a socket is no room; the command says what to do, and sends nothing.
func TestEmitToSocketAsRoom(t *testing.T) {
	c := startCluster(t, 2)
	a := c.connect(t, 1, "/")
	for _, args := range [][]string{{"emit", "hello"}, {"join", "room"}, {"disconnect"}} {
		c.run(t, append(args, "--to", a.id)...).must(t, 2, "room "+a.id+" is empty", "use --socket "+a.id)
	}
	c.run(t, "emit", "nobody", "--to", "AAAAAAAAAAAAAAAA").must(t, 0) // is no socket's
	c.run(t, "join", a.id, "--socket", a.id).must(t, 0)
	c.run(t, "sync", "--server", c.servers[1].UID).must(t, 0)
	c.run(t, "emit", "hello", "--to", a.id).must(t, 0)
	a.must("hello", `[]`)
}

func TestEmitToNobody(t *testing.T) {
	c := startCluster(t, 0)
	c.run(t, "emit", "hello").must(t, 1, "no server listens", `prefix "socket.io"`, "sioxide doctor")
	c.redis.Kill()
	c.run(t, "emit", "hello").must(t, 1, "connection refused")
}

type dry struct {
	Type, Channel string
	Bytes         int
	Message       []byte
	Operation     struct {
		Event, Prefix, Ns, Server string
		To                        []string
		Args                      []any
		Rooms                     []string
	}
}

// A dry run needs no backend.
func TestDryRun(t *testing.T) {
	env := environment(t, "SIOXIDE_URL=redis://"+redistest.FreeAddr(t)+"?prefix=shop&parser=msgpack")
	r := run(t, env, "", "emit", "hello", `{"a":[1]}`, "--to", "x", "--ns", "/chat", "--dry-run").must(t, 0)
	d := decode[dry](t, r)
	if d.Type != "broadcast" || d.Channel != "shop-request#/chat#" || d.Bytes != len(d.Message) || d.Bytes == 0 ||
		d.Operation.Event != "hello" || d.Operation.Prefix != "shop" || d.Operation.Ns != "/chat" || d.Operation.To[0] != "x" {
		t.Errorf("shown is %s", r.stdout)
	}
	r = run(t, env, "", "join", "a", "--socket", "AAAAAAAAAAAAAAAA", "--server", "BBBBBBBBBBBBBBBB", "--dry-run").must(t, 0)
	if d := decode[dry](t, r); d.Channel != "shop-request#/#BBBBBBBBBBBBBBBB#" || d.Operation.Rooms[0] != "a" {
		t.Errorf("shown is %s", r.stdout)
	}
	run(t, env, "", "join", "a", "--socket", "AAAAAAAAAAAAAAAA", "--dry-run").must(t, 2, "add --server")
	run(t, env, "", "emit", "connect", "--dry-run").must(t, 2, "reserved")
}
