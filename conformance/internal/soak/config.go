package soak

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Config of a run.
type Config struct {
	Ops  int           // well-formed operations
	For  time.Duration // in which they are written, and faults happen
	Seed uint64
	// Sioxide is the built command, whose relays these are.
	Sioxide string
}

const (
	relays  = 3
	servers = 2
	keys    = 64
	// long runs are held to their memory: before that it still grows to its size.
	long = 2 * time.Minute
	// drainWithin is how long what was written may take once there are no more faults.
	drainWithin = 2 * time.Minute
)

// Result is what a run was like.
type Result struct {
	Source     string
	Ops        int
	Faults     map[Kind]int
	Duplicates int // performed once more
	Dead       int
	Written    time.Duration
	Took       time.Duration // until all was performed
	RSS        [3]int64      // bytes of the largest relay in each third of the run
	Problems   []string
}

func (r *Result) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

func newRandom(seed uint64, source string) *rand.Rand {
	sum := uint64(0)
	for _, b := range []byte(source) {
		sum = sum*31 + uint64(b)
	}
	return rand.New(rand.NewPCG(seed, sum)) //nolint:gosec // it must be repeatable
}
