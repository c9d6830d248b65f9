package main_test

import (
	"strings"
	"testing"
)

type shownServer struct {
	ID  string
	RTT float64 `json:"rtt_ms"`
}

type shownSocket struct{ ID, Server, Ns string }

func TestLists(t *testing.T) {
	c := startCluster(t, 2)
	if r := c.run(t, "rooms").must(t, 0); r.stdout != "[]\n" {
		t.Errorf("no rooms are %q", r.stdout)
	}
	if r := c.run(t, "sockets").must(t, 0); r.stdout != "[]\n" {
		t.Errorf("no sockets are %q", r.stdout)
	}
	a, b := c.connect(t, 0, "/", "x"), c.connect(t, 1, "/")
	c.connect(t, 0, "/admin")
	sockets := decode[[]shownSocket](t, c.run(t, "sockets").must(t, 0))
	if len(sockets) != 2 || sockets[0].Ns != "/" {
		t.Errorf("sockets %+v", sockets)
	}
	sockets = decode[[]shownSocket](t, c.run(t, "sockets", "--to", "x").must(t, 0))
	if len(sockets) != 1 || sockets[0] != (shownSocket{a.id, c.servers[0].UID, "/"}) {
		t.Errorf("sockets in x %+v", sockets)
	}
	sockets = decode[[]shownSocket](t, c.run(t, "sockets", "--server", c.servers[1].UID).must(t, 0))
	if len(sockets) != 1 || sockets[0].ID != b.id {
		t.Errorf("sockets of a server %+v", sockets)
	}
	servers := decode[[]shownServer](t, c.run(t, "servers", "--ns", "admin").must(t, 0))
	if len(servers) != 2 || servers[0].RTT <= 0 {
		t.Errorf("servers %+v", servers)
	}
	c.run(t, "servers", "--ns", "/none").must(t, 1, "no server listens", "sioxide doctor")
	c.run(t, "sync", "--ns", "/none").must(t, 1, "no server listens")
	c.run(t, "rooms", "--server", "AAAAAAAAAAAAAAAA").must(t, 1, "no server listens")
	c.run(t, "rooms", "--socket", "short").must(t, 2, "16 characters")
	c.run(t, "rooms", "--timeout", "0s").must(t, 2, "--timeout")
}

// A server that does not answer: what the others say is shown, and that it is not all.
func TestListsInPart(t *testing.T) {
	c := startCluster(t, 2)
	c.connect(t, 0, "/", "x")
	c.servers[1].Pause(t)
	r := c.run(t, "servers", "--timeout", "300ms").must(t, 1, "timed out", "1 of 2")
	if servers := decode[[]shownServer](t, r); len(servers) != 1 || servers[0].ID != c.servers[0].UID {
		t.Errorf("servers %+v", servers)
	}
	if r := c.run(t, "rooms", "--timeout", "300ms").must(t, 1, "timed out"); strings.TrimSpace(r.stdout) != `["x"]` {
		t.Errorf("rooms %s", r.stdout)
	}
	c.run(t, "sync", "--timeout", "300ms").must(t, 1, "timed out")
}
