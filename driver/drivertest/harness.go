package drivertest

import (
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/sioxide/emitter"
)

// Harness is what Run knows of the driver under test and its backend. What its
// functions start ends with the t that they are given.
type Harness struct {
	// New makes a driver of its own for each call.
	New func(t testing.TB) emitter.Driver

	// Watch returns what arrives for a server of a namespace, "" meaning the channel
	// of all servers, from its return on. The watcher counts as a server. What
	// arrives is the msgpack form of a request; a harness whose backend carries
	// another form turns it into that.
	Watch func(t testing.TB, prefix, namespace, server string) <-chan []byte

	// Stall keeps the backend from answering, with all connections left open, until
	// resume is called; nil where it is not possible.
	Stall func(t testing.TB) (resume func())

	// Cut has the connection lost on which the next request goes, once the backend has
	// the request and before its answer comes; nil where it is not possible.
	Cut func(t testing.TB)

	// Answer publishes data where the answers to a node come, as a server would; nil
	// where it is not possible. What it takes is the msgpack form of an addressed
	// response, or garbage.
	Answer func(t testing.TB, prefix, namespace, node string, data []byte)

	// Prefix is the only prefix of a backend that has no others, "" where any will do.
	Prefix string

	// MaxMessage is about the longest event that the backend takes, in bytes, 0 where
	// any of the suite's will do.
	MaxMessage int

	// Drop closes all connections of the drivers; nil where it is not possible.
	Drop func(t testing.TB)

	// Whole says that SendAll sends all of its requests or none: one that is refused
	// keeps the others from being sent.
	Whole bool

	// Repeats says that the client repeats what it has sent until it is answered, and
	// that the backend knows it again: no answer is ever lost, and the cases of lost
	// ones are left out.
	Repeats bool
}

// Run checks the driver of h against the contract of emitter.Driver, and of
// emitter.BulkDriver and emitter.Listener where it is one.
func Run(t *testing.T, h Harness) {
	before := goleak.IgnoreCurrent()
	t.Run("contract", func(t *testing.T) {
		all := slices.Clone(cases)
		if !h.Repeats {
			all = append(all, lostAnswers...)
		}
		for _, c := range all {
			t.Run(c.name, func(t *testing.T) { c.run(newScene(t, h)) })
		}
	})
	if err := goleak.Find(before); err != nil {
		t.Errorf("a driver leaves no goroutine behind when its test has closed what it made: %v", err)
	}
}

type contractCase struct {
	name string
	run  func(*scene)
}

// lostAnswers are the rules where an answer can be lost.
var lostAnswers = []contractCase{
	{"a lost answer delivers at most once", cut},
	{"lost answers under load deliver at most once", cutLoad},
}

// cases are the other rules of the contract.
var cases = []contractCase{
	{"what arrives is the wire form", wireForm},
	{"a request for one server goes to its channel alone", oneServer},
	{"namespaces and prefixes are apart", apart},
	{"a request is as it was when Send returns", unchanged},
	{"nothing of a request is kept when Send returns", nothingKept},
	{"large requests arrive whole", large},
	{"requests that follow one another keep their order", order},
	{"many goroutines may send at once", concurrent},
	{"servers are counted in the same round trip", count},
	{"a context that has ended sends nothing", endedContext},
	{"a call returns when its context ends", stalled},
	{"an ended call's bytes stay as they are while anybody reads them", stalledLoad},
	{"SendAll sends all", sendAll},
	{"SendAll splits what is too much for one round trip", sendAllLarge},
	{"SendAll judges each request", sendAllErrors},
	{"SendAll returns when its context ends", sendAllStalled},
	{"the chain of drivers ends", chain},
	{"a closed driver says so", closed},

	{"an answer right after Listen is not missed", asks(answerAtOnce)},
	{"answers reach their own question", asks(answersApart)},
	{"stray answers are dropped", asks(strayAnswers)},
	{"200 questions share a subscription", asks(manyQuestions)},
	{"stop ends a question", asks(stopped)},
	{"Close ends all questions", asks(closedListener)},
	{"nothing of a request is kept by Listen", asks(requestNotKept)},
	{"a context that has ended asks nothing", asks(endedListen)},
	{"Listen returns when its context ends", asks(stalledListen)},
	{"a subscription that is lost comes back", asks(droppedConnections)},
	{"the core asks", asks(coreAsks)},
}
