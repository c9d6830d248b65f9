package redischeck

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sioxide/emitter/protocol"
)

// place is where servers listen for requests.
type place struct {
	prefix, namespace string
	sharded           bool
}

// listeners are the subscriptions of a place.
type listeners struct {
	all        bool     // the channel of all servers has a subscriber
	own        []string // servers whose own channel has one
	javascript bool     // there is a channel for answers as JavaScript servers have it
}

// inventory is every channel of the adapter's form that has a subscriber.
type inventory map[place]*listeners

// listChannels asks all nodes for their channels. It returns nil where that is not
// allowed.
func (l *looker) listChannels(ctx context.Context) *inventory {
	ctx, cancel := l.step(ctx)
	defer cancel()
	inv := make(inventory)
	for _, n := range l.nodes {
		if err := inv.read(ctx, n); err != nil {
			l.report.Skip(channels, "they can't be listed: %s", l.why(err))
			return nil
		}
	}
	l.report.Pass(channels, "%s", inv.summary())
	return &inv
}

func (inv inventory) read(ctx context.Context, n *node) error {
	for _, pattern := range []string{"*-request#*", "*-response#*"} {
		names, err := n.client.PubSubChannels(ctx, pattern).Result()
		if err != nil {
			return err
		}
		inv.add(names, false)
		if !n.hasSharded {
			continue
		}
		if names, err = n.client.PubSubShardChannels(ctx, pattern).Result(); err != nil {
			return err
		}
		inv.add(names, true)
	}
	return nil
}

// add takes channels PREFIX-request#NAMESPACE# and PREFIX-request#NAMESPACE#SERVER#.
// Of those for answers only PREFIX-response#NAMESPACE# tells something: only
// JavaScript servers have it (@socket.io/redis-adapter 8, lib/index.ts).
func (inv inventory) add(names []string, sharded bool) {
	for _, name := range names {
		parts := strings.Split(name, "#")
		if len(parts) < 3 || parts[len(parts)-1] != "" {
			continue
		}
		prefix, isRequest := strings.CutSuffix(parts[0], "-request")
		answers, isResponse := strings.CutSuffix(parts[0], "-response")
		if isResponse {
			prefix = answers
		}
		p := place{prefix, parts[1], sharded}
		switch {
		case isRequest && len(parts) == 3:
			inv.at(p).all = true
		case isRequest && len(parts) == 4:
			if _, err := protocol.ParseID(parts[2]); err == nil && !slices.Contains(inv.at(p).own, parts[2]) {
				inv.at(p).own = append(inv.at(p).own, parts[2])
			}
		case isResponse && len(parts) == 3:
			inv.at(p).javascript = true
		}
	}
}

func (inv inventory) at(p place) *listeners {
	if inv[p] == nil {
		inv[p] = new(listeners)
	}
	return inv[p]
}

// has tells whether anybody takes requests at p.
func (inv inventory) has(p place) bool {
	return inv[p] != nil && (inv[p].all || len(inv[p].own) > 0)
}

// own returns the servers that have a channel of their own at p.
func (inv inventory) own(p place) []string {
	if inv[p] == nil {
		return nil
	}
	return slices.Sorted(slices.Values(inv[p].own))
}

// prefixes lists the prefixes under which anybody takes requests by a kind.
func (inv inventory) prefixes(sharded bool) []string {
	found := make(map[string]bool)
	for p := range inv {
		if p.sharded == sharded && inv.has(p) {
			found[p.prefix] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// namespaces lists those under a prefix in which anybody takes requests by a kind.
func (inv inventory) namespaces(prefix string, sharded bool) []string {
	found := make(map[string]bool)
	for p := range inv {
		if p.sharded == sharded && p.prefix == prefix && inv.has(p) {
			found[p.namespace] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
