package relay

import (
	"hash/maphash"
	"time"
)

// dedupe remembers which operations were performed, by hashes of their ids, in two
// generations: an id is known for at least the window and at most twice as long. It
// is used by one goroutine.
type dedupe struct {
	window     time.Duration
	most       int // ids of a generation
	seeds      [2]maphash.Seed
	young, old map[idHash]struct{}
	begun      time.Time // of young
	ended      time.Time // when the last id of old was added
	forgotten  uint64    // ids that went before their time
}

type idHash [2]uint64

func newDedupe(window time.Duration, ids int) *dedupe {
	return &dedupe{window: window, most: max(ids/2, 1), seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, young: make(map[idHash]struct{})}
}

func (d *dedupe) hash(id string) idHash {
	return idHash{maphash.String(d.seeds[0], id), maphash.String(d.seeds[1], id)}
}

// has tells whether an operation of that id was performed. One without an id never was.
func (d *dedupe) has(id string, now time.Time) bool {
	if id == "" || d.window <= 0 {
		return false
	}
	d.turn(now)
	h := d.hash(id)
	_, young := d.young[h]
	_, old := d.old[h]
	return young || old
}

func (d *dedupe) add(id string, now time.Time) {
	if id == "" || d.window <= 0 {
		return
	}
	d.turn(now)
	if len(d.young) == 0 {
		d.begun = now
	}
	d.young[d.hash(id)] = struct{}{}
}

// turn makes the young generation the old one when its time is over, or when it is full.
func (d *dedupe) turn(now time.Time) {
	over := len(d.young) > 0 && now.Sub(d.begun) >= d.window
	if !over && len(d.young) < d.most {
		return
	}
	if now.Sub(d.ended) < d.window {
		d.forgotten += uint64(len(d.old))
	}
	d.old, d.young, d.ended = d.young, make(map[idHash]struct{}), now
	if now.Sub(d.begun) >= 2*d.window { // nothing came for as long
		d.old = nil
	}
}
