package contest

import (
	"fmt"
	"slices"
	"time"
)

// Effort is how much is measured.
type Effort struct {
	Rounds int
	Span   time.Duration // that one contestant is measured in a round
}

// Row compares contestants in one case, or in cases that belong together.
type Row struct {
	Name    string
	Parser  string // "" where there is none
	Entries []*Entry
}

// Entry is a contestant in a row.
type Entry struct {
	Name string
	By   Contestant
	Case Case

	Samples []Sample // of each round, per time
}

// Add adds a contestant to the row.
func (r *Row) Add(name string, by Contestant, c Case) {
	r.Entries = append(r.Entries, &Entry{Name: name, By: by, Case: c})
}

// Title is the name of the row, with the parser.
func (r *Row) Title() string {
	if r.Parser == "" {
		return r.Name
	}
	return r.Name + ", " + r.Parser
}

// Fastest returns the one of these contestants whose best round is the fastest, nil
// where none takes part.
func (r *Row) Fastest(names []string) *Entry {
	var fastest *Entry
	for _, name := range names {
		if e := r.Entry(name); e != nil && (fastest == nil || e.Best().NS < fastest.Best().NS) {
			fastest = e
		}
	}
	return fastest
}

// Measure runs all rounds.
func (r *Row) Measure(effort Effort) error {
	for _, e := range r.Entries {
		if err := e.calibrate(effort.Span); err != nil {
			return fmt.Errorf("%s: %w", r.Title(), err)
		}
	}
	for range effort.Rounds {
		for _, e := range r.Entries {
			s, err := e.By.Do(e.Case)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Title(), err)
			}
			e.Samples = append(e.Samples, s.each(e.Case.N))
		}
	}
	return nil
}

// turns is how often each of several that are at once has to come to its turn, so that
// starting it counts little.
const turns = 8

// calibrate finds how many times fill a span; a batch is never cut.
func (e *Entry) calibrate(span time.Duration) error {
	if slow, ok := e.By.(interface{ Least() time.Duration }); ok {
		span = max(span, slow.Least())
	}
	unit := max(e.Case.Batch, 1)
	if e.Case.AtOnce > 1 {
		unit = turns * e.Case.AtOnce
	}
	for n := unit; ; n *= 4 {
		e.Case.N = n
		s, err := e.By.Do(e.Case)
		if err != nil {
			return err
		}
		if s.NS > float64(span)/8 {
			times := int(float64(n) * float64(span) / s.NS)
			e.Case.N = max(times/unit, 1) * unit
			return nil
		}
	}
}

// Entry returns the contestant of that name, nil where it does not take part.
func (r *Row) Entry(name string) *Entry {
	for _, e := range r.Entries {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Best is the sample of the fastest round.
func (e *Entry) Best() Sample {
	return slices.MinFunc(e.Samples, func(a, b Sample) int { return compare(a.NS, b.NS) })
}

// Median is the time of the round in the middle, in ns.
func (e *Entry) Median() float64 { return quantile(e.times(), 0.5) }

func (e *Entry) times() []float64 {
	out := make([]float64, len(e.Samples))
	for i, s := range e.Samples {
		out[i] = s.NS
	}
	return out
}

// Ratio is how many times the time of one contestant another one's is.
type Ratio struct {
	Best, Median float64 // of the best, and of the medians
	Low, High    float64 // the quartiles of the rounds, each of which is a ratio
}

// Over returns how many times the time of other the one of e is.
func (e *Entry) Over(other *Entry) Ratio {
	rounds := make([]float64, len(e.Samples))
	for i := range rounds {
		rounds[i] = e.Samples[i].NS / other.Samples[i].NS
	}
	return Ratio{
		Best: e.Best().NS / other.Best().NS, Median: e.Median() / other.Median(),
		Low: quantile(rounds, 0.25), High: quantile(rounds, 0.75),
	}
}

func quantile(of []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(of))
	return s[int(q*float64(len(s)-1)+0.5)]
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
