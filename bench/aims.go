package main

import (
	_ "embed" // of the aims
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sioxide/emitter/bench/contest"
)

//go:embed aims.json
var aimsJSON []byte

// aim is what rows of a section must reach.
type aim struct {
	Section string   `json:"section"`
	Rows    string   `json:"rows"`   // their names, as path.Match has patterns
	Of      []string `json:"of"`     // the contestants of ours, of which the fastest counts
	Beside  string   `json:"beside"` // the contestant that they are held against

	// One of these.
	TimesAsFast  float64  `json:"times_as_fast"`  // at least
	TimesItsTime float64  `json:"times_its_time"` // at most
	Allocations  *float64 `json:"allocations"`    // at most
	// Of an aim that is out of reach for a reason: what is held meanwhile, without a
	// tolerance, and the reason.
	Holds float64 `json:"holds"`
	Limit string  `json:"limit"`
	// Contestants whose own ratio the reason names: they are what limits ours.
	LimitOf []string `json:"limit_of"`

	ShareOfMost float64 `json:"share_of_most"` // at least; and nothing may be lost
}

// tolerance is by how much of an aim a check lets a ratio fall short of it.
const tolerance = 0.1

func readAims() ([]aim, error) {
	var all []aim
	if err := json.Unmarshal(aimsJSON, &all); err != nil {
		return nil, fmt.Errorf("read aims.json: %w", err)
	}
	return all, nil
}

// verdict is what a row has of an aim.
type verdict struct {
	Row, Aim string
	Reached  string
	Met      bool   // it is reached
	Near     bool   // it is, or falls short by no more than the tolerance
	Limit    string // why it is not reached, where that is known and what is held instead holds
}

// judge holds the rows of a section against the aims.
func judge(aims []aim, section string, rows []*contest.Row) ([]verdict, error) {
	var all []verdict
	for _, a := range aims {
		if a.Section != section {
			continue
		}
		found := false
		for _, r := range rows {
			ok, err := path.Match(a.Rows, r.Title())
			if err != nil {
				return nil, fmt.Errorf("aims.json: %q: %w", a.Rows, err)
			}
			if ours := r.Fastest(a.Of); ok && ours != nil {
				v, err := a.judge(r, ours)
				if err != nil {
					return nil, err
				}
				all, found = append(all, v), true
			}
		}
		if !found {
			return nil, fmt.Errorf("aims.json: no row of %s is called %q", section, a.Rows)
		}
	}
	slices.SortStableFunc(all, func(a, b verdict) int { return place(rows, a.Row) - place(rows, b.Row) })
	return all, nil
}

func place(rows []*contest.Row, title string) int {
	return slices.IndexFunc(rows, func(r *contest.Row) bool { return r.Title() == title })
}

func (a aim) judge(r *contest.Row, ours *contest.Entry) (verdict, error) {
	v := verdict{Row: r.Title()}
	if a.Allocations != nil {
		got := ours.Best().Allocs
		v.Aim = fmt.Sprintf("%g allocations", *a.Allocations)
		v.Reached = fmt.Sprint(got)
		v.Met = got <= *a.Allocations
		return v, nil
	}
	other := r.Entry(a.Beside)
	if other == nil {
		return v, fmt.Errorf("aims.json: %s has no %s", r.Title(), a.Beside)
	}
	if a.TimesAsFast > 0 {
		got := other.Over(ours)
		if a.Holds > 0 && got.Best >= a.Holds {
			v.Limit = a.limit(r, other)
		}
		v.Aim = fmt.Sprintf("at least %g times as fast as %s", a.TimesAsFast, other.Name)
		v.Reached = spread(got)
		v.Met, v.Near = got.Best >= a.TimesAsFast, got.Best >= a.TimesAsFast*(1-tolerance)
		return v, nil
	}
	got := ours.Over(other)
	v.Aim = fmt.Sprintf("at most %g times the time of %s", a.TimesItsTime, other.Name)
	v.Reached = spread(got)
	v.Met, v.Near = got.Best <= a.TimesItsTime, got.Best <= a.TimesItsTime*(1+tolerance)
	return v, nil
}

// limit is the reason, with what the contestants that it names reach in this run.
func (a aim) limit(r *contest.Row, beside *contest.Entry) string {
	var reached []string
	for _, name := range a.LimitOf {
		if e := r.Entry(name); e != nil {
			reached = append(reached, name+" "+figure(beside.Over(e).Best))
		}
	}
	if reached == nil {
		return a.Limit
	}
	return fmt.Sprintf("%s (%s)", a.Limit, strings.Join(reached, ", "))
}

// spread prints the ratio of the bests, and in brackets the one of the medians and
// the quartiles of the rounds.
func spread(r contest.Ratio) string {
	return fmt.Sprintf("%s (%s; %s to %s)", figure(r.Best), figure(r.Median), figure(r.Low), figure(r.High))
}

// figure prints three digits.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
