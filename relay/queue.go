package relay

import (
	"math/rand/v2"
	"time"
)

const (
	firstPause = 100 * time.Millisecond
	mostPause  = 30 * time.Second
)

// backoff is the pause after so many failures: doubled each time, within a fifth.
func backoff(tries int) time.Duration {
	d := firstPause << min(max(tries, 1)-1, 20)
	d = min(d, mostPause)
	return d*4/5 + rand.N(d*2/5) //nolint:gosec // spreads relays, no secret
}

// queue holds what was fetched and is not finished, in the order in which it came.
type queue struct {
	items []*item
	bytes int
	lanes map[laneKey]*lane
}

func newQueue() *queue { return &queue{lanes: make(map[laneKey]*lane)} }

func (q *queue) add(it *item) {
	key := laneKey{it.place(), it.op.Server}
	l := q.lanes[key]
	if l == nil {
		l = &lane{place: key.place, server: key.server}
		q.lanes[key] = l
	}
	l.held++
	it.lane = l
	q.items = append(q.items, it)
	q.bytes += len(it.msg.Data)
}

// remove takes finished items out.
func (q *queue) remove(finished func(*item) bool) {
	kept := q.items[:0]
	for _, it := range q.items {
		if !finished(it) {
			kept = append(kept, it)
			continue
		}
		q.bytes -= len(it.msg.Data)
		if it.lane.held--; it.lane.held == 0 {
			delete(q.lanes, it.lane.key())
		}
	}
	clear(q.items[len(kept):])
	q.items = kept
}

func (q *queue) clear() { *q = *newQueue() }

// ready returns what may be performed at once, in order: everything of lanes that work.
func (q *queue) ready() []*item { return q.pick(func(l *lane) bool { return !l.failing() }) }

// again returns what may be performed of one failing lane. They are tried one by one, so
// that one does not fail for another.
func (q *queue) again(chosen *lane) []*item {
	return q.pick(func(l *lane) bool { return l == chosen })
}

// pick returns the items of lanes, but nothing before an earlier item of its key, nor
// beside another one of its id.
func (q *queue) pick(from func(*lane) bool) (picked []*item) {
	o := newOrder()
	for _, it := range q.items {
		switch {
		case o.blocks(it):
		case !from(it.lane):
			o.block(it)
		default:
			o.take(it)
			picked = append(picked, it)
		}
	}
	return picked
}

// next returns the failing lane that is to be tried first, and nil where none is.
func (q *queue) next() (first *lane) {
	o := newOrder()
	for _, it := range q.items {
		if o.blocks(it) {
			continue
		}
		if l := it.lane; l.failing() {
			if first == nil || l.due.Before(first.due) {
				first = l
			}
			o.block(it)
		}
	}
	return first
}

// order says what has to wait for something before it.
type order struct{ keys, ids map[string]bool }

func newOrder() order { return order{make(map[string]bool), make(map[string]bool)} }

// blocks tells whether an item has to wait; then so has everything behind it.
func (o order) blocks(it *item) bool {
	if o.keys[it.msg.Key] || o.ids[it.op.ID] {
		o.block(it)
		return true
	}
	return false
}

func (o order) block(it *item) {
	if it.msg.Key != "" {
		o.keys[it.msg.Key] = true
	}
	o.take(it)
}

func (o order) take(it *item) {
	if it.op.ID != "" {
		o.ids[it.op.ID] = true
	}
}
