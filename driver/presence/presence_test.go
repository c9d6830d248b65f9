package presence_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/presence"
	"github.com/sioxide/emitter/protocol"
)

const prefix = "a-request"

// says is what a node says whose adapters have these servers, one in each namespace.
func says(node protocol.ID, servers map[string]protocol.ID) *protocol.Presence {
	p := &protocol.Presence{Node: node}
	for namespace, id := range servers {
		p.Channels = append(p.Channels, emitter.RequestChannel(prefix, namespace, ""), emitter.RequestChannel(prefix, namespace, id.String()))
	}
	return p
}

func TestBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b presence.Book
		one, two := protocol.NewNodeID(), protocol.NewNodeID()
		s1, s2, s3 := protocol.NewNodeID(), protocol.NewNodeID(), protocol.NewNodeID()
		must := func(when, namespace string, want ...protocol.ID) {
			t.Helper()
			got := b.Roster(prefix, namespace).IDs()
			for _, id := range want {
				if !slices.Contains(got, id) {
					t.Errorf("%s: %s is not in %s", when, id, namespace)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s: %d servers in %s, want %d", when, len(got), namespace, len(want))
			}
		}
		b.Take(prefix, says(one, map[string]protocol.ID{"/": s1, "/x": s2}))
		must("a roster that is made later", "/", s1)
		must("a roster that is made later", "/x", s2)
		if n := b.Roster("a", "/").Len(); n != 0 {
			t.Errorf("prefixes are apart: %d servers", n)
		}
		b.Take(prefix, says(two, map[string]protocol.ID{"/": s3}))
		must("two nodes", "/", s1, s3)
		b.Take(prefix, &protocol.Presence{Node: one, IsQuestion: true})
		must("a question says nothing", "/", s1, s3)
		b.Take(prefix, says(one, map[string]protocol.ID{"/": s1}))
		must("a later message takes the place of an earlier one", "/x")
		must("what is in both stays", "/", s1, s3)
		b.Take(prefix, &protocol.Presence{Node: one})
		must("an empty list leaves", "/", s3)

		time.Sleep(9 * time.Second)
		b.Expire(prefix)
		must("after 9 s", "/", s3)
		time.Sleep(2 * time.Second)
		b.Expire("other")
		must("another prefix's time", "/", s3)
		b.Expire(prefix)
		must("after 11 s", "/")
	})
}

func TestMadeUpPresences(t *testing.T) {
	var b presence.Book
	p := &protocol.Presence{Channels: []string{
		"", "#", "-request#", prefix + "-request#", prefix + "-request#/#", prefix + "-request#/#short#",
		prefix + "-request#/#AAAAAAAAAAAAAAAA", prefix + "-request#/#AAAAAAAAAAAAAAAA#x", prefix + "-response#/#AAAAAAAAAAAAAAAA#",
	}}
	b.Take(prefix, p)
	if n := b.Roster(prefix, "/").Len(); n != 0 {
		t.Errorf("%d servers in channels that are no server's own", n)
	}
	for range 1<<14 + 100 {
		b.Take(prefix, says(protocol.NewID(), map[string]protocol.ID{"/flood": protocol.NewID()}))
	}
	if n := b.Roster(prefix, "/flood").Len(); n != 1<<14 {
		t.Errorf("%d nodes are kept of a flood, want %d", n, 1<<14)
	}
}
