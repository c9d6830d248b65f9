package main_test

import (
	"testing"
)

// Each command returns when the servers have done what it says.
func TestMembers(t *testing.T) {
	c := startCluster(t, 2)
	a, b := c.connect(t, 0, "/", "red"), c.connect(t, 1, "/", "blue")
	rooms := func(want string, args ...string) {
		t.Helper()
		if r := c.run(t, append([]string{"rooms"}, args...)...).must(t, 0); r.stdout != want+"\n" {
			t.Errorf("rooms %v are %s, want %s", args, r.stdout, want)
		}
	}
	c.run(t, "join", "one", "two", "--to", "red", "--to", "blue").must(t, 0)
	rooms(`["blue","one","red","two"]`)
	rooms(`["blue","one","two"]`, "--socket", b.id)
	rooms(`["one","red","two"]`, "--to", "one", "--except", "blue")
	c.run(t, "leave", "one", "--socket", b.id).must(t, 0)
	c.run(t, "join", "three", "--socket", b.id).must(t, 0) // its server is asked for
	rooms(`["blue","three","two"]`, "--server", c.servers[1].UID)
	rooms(`["one","red","two"]`, "--server", c.servers[0].UID)
	c.run(t, "join", "everybody", "--all").must(t, 0)
	c.run(t, "leave", "two", "--all", "--except", "red").must(t, 0)
	rooms(`["everybody","one","red","two"]`, "--socket", a.id)
	rooms(`["blue","everybody","three"]`, "--socket", b.id)
	c.run(t, "join", "three", "--socket", "AAAAAAAAAAAAAAAA").must(t, 1, "no server lists")
	c.run(t, "disconnect", "--to", "blue").must(t, 0)
	b.mustBeGone()
	rooms(`["everybody","one","red","two"]`)
	c.servers[1].Pause(t)
	c.run(t, "join", "late", "--to", "red").must(t, 1, "it was sent, but not every server says so")
}

// Everybody is never meant by accident.
func TestEverybody(t *testing.T) {
	c := startCluster(t, 1)
	one := c.connect(t, 0, "/")
	for _, args := range [][]string{{"join", "a"}, {"leave", "a"}, {"disconnect"}, {"disconnect", "--except", "b"}, {"disconnect", "--except-socket", one.id}, {"disconnect", "--yes"}} {
		c.run(t, args...).must(t, 2, "whom?", "--all", "Run 'sioxide "+args[0]+" --help'")
	}
	c.run(t, "disconnect", "--all", "--to", "a").must(t, 2, "leave one out")
	c.run(t, "disconnect", "--all").must(t, 2, "needs --yes")
	for _, args := range [][]string{{"--to", ""}, {"--socket", ""}, {"--server", ""}, {"--except", ""}} {
		c.run(t, append([]string{"disconnect", "--all", "--yes"}, args...)...).must(t, 2)
	}
	if _, shown, status := c.inTerminal(t, "n\r", "disconnect", "--all"); status != 1 || !contains(shown, "Disconnect everybody from namespace / of redis://", "[y/N]", "nothing was done") {
		t.Errorf("no on a terminal gives status %d: %s", status, shown)
	}
	c.run(t, "emit", "still here").must(t, 0)
	one.must("still here", `[]`)
	if _, shown, status := c.inTerminal(t, "y\r", "disconnect", "--all"); status != 0 {
		t.Errorf("yes on a terminal gives status %d: %s", status, shown)
	}
	one.mustBeGone()
	one = c.connect(t, 0, "/")
	c.run(t, "disconnect", "--all", "--yes").must(t, 0)
	one.mustBeGone()
}
