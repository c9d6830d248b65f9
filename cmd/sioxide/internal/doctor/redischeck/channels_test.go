package redischeck

import (
	"slices"
	"testing"
	"time"
)

func TestInventory(t *testing.T) {
	inv := make(inventory)
	inv.add([]string{
		"a-request#/#", "a-request#/#AAAAAAAAAAAAAAAA#", "a-request#/#AAAAAAAAAAAAAAAA#", "a-request#/x#BBBBBBBBBBBBBBBB#",
		"b-request-request#/#", "j-response#/#", "j-request#/#", "-request#/#",
		// None of these is a channel of the adapter.
		"", "#", "##", "###", "a-request#", "a-request#/", "a-request#/y#short#", "a-request#/z#AAAAAAAAAAAAAAAA", "a#/#", "a-request#/#AAAAAAAAAAAAAAAA#x#",
	}, false)
	inv.add([]string{"s-request#/#"}, true)
	if got := inv.prefixes(false); !slices.Equal(got, []string{"", "a", "b-request", "j"}) {
		t.Errorf("prefixes %q", got)
	}
	if got := inv.prefixes(true); !slices.Equal(got, []string{"s"}) {
		t.Errorf("sharded prefixes %q", got)
	}
	if got := inv.namespaces("a", false); !slices.Equal(got, []string{"/", "/x"}) {
		t.Errorf("namespaces %q", got)
	}
	if got := inv.own(place{"a", "/", false}); !slices.Equal(got, []string{"AAAAAAAAAAAAAAAA"}) {
		t.Errorf("servers %q", got)
	}
	if !inv[place{"j", "/", false}].javascript || inv[place{"a", "/", false}].javascript {
		t.Error("a channel for answers without a server's id is of JavaScript servers")
	}
}

func TestPubSubLimit(t *testing.T) {
	for text, want := range map[string]limit{
		"normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60": {32 << 20, 8 << 20, time.Minute},
		"pubsub 0 0 0": {}, "pubsub": {}, "": {}, "pubsub x y": {},
	} {
		if got := pubsubLimit(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
	for _, c := range []struct {
		limit limit
		bytes int
		small bool
	}{
		{limit{32 << 20, 8 << 20, time.Minute}, 8 << 20, false},
		{limit{32 << 20, 8 << 20, time.Minute}, 8<<20 + 1, true},
		{limit{32 << 20, 0, 0}, 16 << 20, false},
		{limit{32 << 20, 0, 0}, 16<<20 + 1, true},
		{limit{}, 1 << 30, false},
	} {
		if got := c.limit.tooSmallFor(c.bytes); got != c.small {
			t.Errorf("%v is too small for %d: %v", c.limit, c.bytes, got)
		}
	}
}

func TestConnectionOf(t *testing.T) {
	c := connectionOf("id=3 addr=10.0.0.1:40458 name=chat sub=0 psub=0 ssub=0 cmd=ssubscribe user=app lib-name=redis-rs\n")
	if !c.isDeaf() || c.String() != "a client from 10.0.0.1:40458, name chat, library redis-rs, user app" {
		t.Errorf("%v", c)
	}
	for _, line := range []string{
		"addr=a sub=1 cmd=subscribe", "addr=a ssub=2 cmd=ssubscribe", "addr=a psub=1 cmd=subscribe", "addr=a sub=0 cmd=publish", "", "nonsense",
	} {
		if connectionOf(line).isDeaf() {
			t.Errorf("%q is no server that lost its subscriptions", line)
		}
	}
}
