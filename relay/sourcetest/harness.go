package sourcetest

import (
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sioxide/emitter/driver/drivertest/netproxy"
	"github.com/sioxide/emitter/relay"
)

// Harness is what Run knows of one place where messages wait, a topic or a table, and
// of the sources that read it. What its functions start ends with the t that they are
// given.
type Harness struct {
	// New makes a source, each as another relay would have its own.
	New func(t testing.TB) relay.Source

	// Proxied makes a source all of whose connections go through the proxy: a case
	// stalls it, or kills it, as kill -9 would a relay. Nil where it is not possible.
	Proxied func(t testing.TB) (relay.Source, *netproxy.Proxy)

	// Put writes messages of one key, one after another, and returns when they are
	// there for good.
	Put func(t testing.TB, key string, data ...string)

	// Dead returns the dead letters so far, in the order in which they were written.
	Dead func(t testing.TB) []Dead

	// Restart ends the backend and starts it again with all that it had; nil where it
	// is not possible.
	Restart func(t testing.TB)

	// Takeover is how long it takes at most until others have the messages of a relay
	// that was killed.
	Takeover time.Duration

	// Ignore are goroutines of the harness's own, such as one that waits for a process.
	Ignore []goleak.Option
}

// Dead is a dead letter.
type Dead struct{ Key, Data, Reason string }

// Run checks the sources of the harness that open makes against the contract of
// relay.Source. Each case has a harness of its own, of a place where nothing waits:
// open is called by several at once.
func Run(t *testing.T, open func(t testing.TB) Harness) {
	ignore := []goleak.Option{goleak.IgnoreCurrent()}
	var mu sync.Mutex
	run := func(t *testing.T, c func(*scene)) {
		s := &scene{TB: t, Harness: open(t)}
		mu.Lock()
		ignore = append(ignore, s.Ignore...)
		mu.Unlock()
		c(s)
		s.end()
	}
	t.Run("contract", func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel() // most of them wait most of the time
				run(t, c.run)
			})
		}
	})
	if err := goleak.Find(ignore...); err != nil {
		t.Errorf("a source leaves no goroutine behind when it is closed: %v", err)
	}
	t.Run("nothing is lost when the backend starts anew", func(t *testing.T) { run(t, restarted) }) // and with it goroutines of the test's
}

// cases are the rules of the contract.
var cases = []struct {
	name string
	run  func(*scene)
}{
	{"messages come as they were put", asPut},
	{"messages of a key come in order", order},
	{"Fetch keeps to its limits", limits},
	{"Fetch waits for a message", waits},
	{"Fetch returns when its context ends", ended},
	{"what is settled does not come again", settled},
	{"what is not settled comes again after Close", unsettled},
	{"Release gives back what is not settled, first", released},
	{"Release keeps what was settled behind it", releasedHole},
	{"a dead letter has its reason and blocks nothing", dead},
	{"the lag is told", lag},
	{"Close may come twice, and ends Fetch", closed},
	{"sources share the work in order", shared},
	{"sources come and go", comeAndGo},
	{"the work of a source that is killed is taken over", killed},
	{"a claim that is lost is passed over", lostClaim},
}
