package soak

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Kind of a fault.
type Kind string

// The kinds, and how often each comes, beside the others.
const (
	KillRelay    Kind = "relay killed"
	StopRelay    Kind = "relay stopped"
	RestartFrom  Kind = "source restarted"
	RestartTo    Kind = "Redis restarted"
	KillServer   Kind = "server restarted"
	CutFrom      Kind = "source cut"
	CutTo        Kind = "Redis cut"
	StallFrom    Kind = "source stalled"
	StallTo      Kind = "Redis stalled"
	killedAtOnce      = 2
)

// Kinds in the order of the table.
func Kinds() []Kind {
	return []Kind{KillRelay, StopRelay, RestartFrom, RestartTo, KillServer, CutFrom, CutTo, StallFrom, StallTo}
}

// faults happen one after the other, first one of each kind.
type faults struct {
	t      testing.TB
	random *rand.Rand
	from   source
	to     *destination
	fleet  *fleet
	counts map[Kind]int
	first  []Kind
	short  bool
	// spare is a relay that is left alone, -1 for none: its memory is looked at.
	spare func() int
}

// next picks a kind; kills of relays come most often, restarts of what is shared least.
func (f *faults) next() Kind {
	if len(f.first) > 0 {
		k := f.first[0]
		f.first = f.first[1:]
		return k
	}
	often := []Kind{
		KillRelay, KillRelay, KillRelay, KillRelay, StopRelay, RestartFrom, RestartTo, KillServer, KillServer,
		CutFrom, CutFrom, CutTo, CutTo, StallFrom, StallTo,
	}
	return often[f.random.IntN(len(often))]
}

// between returns a random time.
func (f *faults) between(from, to time.Duration) time.Duration {
	return from + time.Duration(f.random.Int64N(int64(to-from)))
}

// away is for how long something is gone: mostly shortly, sometimes longer than leases
// and sessions last.
func (f *faults) away() time.Duration {
	if !f.short && f.random.IntN(4) == 0 {
		return f.between(3*time.Second, 12*time.Second)
	}
	return f.between(0, 1500*time.Millisecond)
}

// relay picks one that may be killed.
func (f *faults) relay() int {
	i := f.random.IntN(relays)
	if i == f.spare() {
		i = (i + 1) % relays
	}
	return i
}

func (f *faults) happen(k Kind) {
	f.t.Helper()
	f.counts[k]++
	switch k {
	case KillRelay:
		f.killRelays()
	case StopRelay:
		f.fleet.pause(f.relay(), f.away())
	case RestartFrom:
		f.from.kill(f.t)
		time.Sleep(f.between(0, time.Second))
		f.from.restart(f.t)
	case RestartTo:
		f.to.restart(f.between(0, 2*time.Second))
	case KillServer:
		f.to.killServer(f.random.IntN(servers), f.away())
	case CutFrom:
		f.from.link().CloseAll()
	case CutTo:
		f.to.proxy.CloseAll()
	case StallFrom:
		resume := f.from.link().Stall(f.t)
		time.Sleep(f.away())
		resume()
	case StallTo:
		resume := f.to.proxy.Stall(f.t)
		time.Sleep(f.away())
		resume()
	}
}

// killRelays kills one relay or two, and starts them again.
func (f *faults) killRelays() {
	f.t.Helper()
	n := 1 + f.random.IntN(killedAtOnce)
	killed := make(map[int]bool)
	for range n {
		i := f.relay()
		f.fleet.kill(i)
		killed[i] = true
	}
	f.counts[KillRelay] += len(killed) - 1
	time.Sleep(f.away())
	for i := range relays {
		if killed[i] {
			f.fleet.start(i)
		}
	}
}
