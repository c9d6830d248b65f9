package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/sioxide/emitter/bench/contest"
)

// took is a contestant that takes so many ns each time, whatever it is told.
type took float64

func (t took) Do(c contest.Case) (contest.Sample, error) {
	if t < 0 {
		return contest.Sample{}, errors.New("it fell")
	}
	return contest.Sample{NS: float64(t) * float64(c.N)}, nil
}

func rowOf(t *testing.T, name string, times map[string]took) *contest.Row {
	t.Helper()
	r := &contest.Row{Name: name, Parser: "common"}
	for by, ns := range times {
		r.Add(by, ns, contest.Case{})
	}
	if err := r.Measure(contest.Effort{Rounds: 3, Span: 1000}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestJudge(t *testing.T) {
	faster := aim{Section: "S", Rows: "a*", Of: []string{"slow", "fast"}, Beside: "other", TimesAsFast: 2}
	held := faster
	held.Holds, held.Limit = 1.5, "there is a reason"
	named := held
	named.LimitOf = []string{"slow", "nobody"}
	cheaper := aim{Section: "S", Rows: "a*", Of: []string{"fast"}, Beside: "other", TimesItsTime: 0.5}
	for _, c := range []struct {
		name      string
		aim       aim
		other     took
		met, near bool
		limit     string
	}{
		{"the fastest of ours counts", faster, 200, true, true, ""},
		{"a tenth is tolerated", faster, 185, false, true, ""},
		{"more is not", faster, 170, false, false, ""},
		{"a limit is known", held, 170, false, false, "there is a reason"},
		{"what limits is named", named, 170, false, false, "there is a reason (slow 0.57)"},
		{"but not for everything", held, 140, false, false, ""},
		{"at most", cheaper, 200, true, true, ""},
		{"at most, and a tenth", cheaper, 185, false, true, ""},
		{"at most, and more", cheaper, 170, false, false, ""},
	} {
		r := rowOf(t, "a row", map[string]took{"slow": 300, "fast": 100, "other": c.other})
		got, err := judge([]aim{c.aim, {Section: "another", Rows: "*"}}, "S", []*contest.Row{r})
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", c.name, got, err)
		}
		if v := got[0]; v.Met != c.met || v.Near != c.near || v.Limit != c.limit {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

func TestJudgeSaysWhatIsWrong(t *testing.T) {
	rows := []*contest.Row{rowOf(t, "a row", map[string]took{"fast": 1})}
	for want, a := range map[string]aim{
		"no row":        {Section: "S", Rows: "b*", Of: []string{"fast"}},
		"has no other":  {Section: "S", Rows: "a*", Of: []string{"fast"}, Beside: "other", TimesAsFast: 1},
		"syntax error":  {Section: "S", Rows: "[", Of: []string{"fast"}},
		"no row of S i": {Section: "S", Rows: "a*", Of: []string{"nobody"}},
	} {
		if _, err := judge([]aim{a}, "S", rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}

// TestAims: every aim says what it is.
func TestAims(t *testing.T) {
	aims, err := readAims()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range aims {
		kinds := 0
		for _, is := range []bool{a.TimesAsFast > 0, a.TimesItsTime > 0, a.Allocations != nil, a.ShareOfMost > 0} {
			if is {
				kinds++
			}
		}
		if kinds != 1 || a.Section == "" || a.Rows == "" || (a.Holds > 0) != (a.Limit != "") || a.LimitOf != nil && a.Limit == "" {
			t.Errorf("%+v", a)
		}
	}
}

func TestCheckFails(t *testing.T) {
	var out strings.Builder
	missed := []section{{Title: "S", Verdicts: []verdict{{Row: "a", Aim: "x", Reached: "y"}}}}
	if err := (&run{check: true}).judge(&out, missed); err == nil || !strings.Contains(out.String(), "missed: S, a: y, not x") {
		t.Errorf("%v: %s", err, &out)
	}
	if err := (&run{}).judge(&out, missed); err != nil {
		t.Errorf("without a check: %v", err)
	}
}

func TestMeasureFails(t *testing.T) {
	r := contest.Row{Name: "a row"}
	r.Add("fallen", took(-1), contest.Case{})
	if err := r.Measure(contest.Effort{Rounds: 1, Span: 1}); err == nil || !strings.Contains(err.Error(), "a row: it fell") {
		t.Errorf("%v", err)
	}
}

func TestDeliveries(t *testing.T) {
	d := delivered{Bursts: []burst{
		{"Batch, Acked", "few", 50, 100, 100}, {"a loop", "few", 100, 100, 60}, {"Batch, Acked", "few", 65, 100, 100},
		{"Batch, Acked", "many", 90, 100, 99}, {"a loop", "many", 100, 100, 60},
	}}
	got := judgeDelivery([]aim{{Section: "D", Rows: "Batch, Acked", ShareOfMost: 0.6}}, "D", d.sums())
	if len(got) != 2 || !got[0].Met || got[1].Met || got[1].Near {
		t.Errorf("%+v", got)
	}
}

func TestMarkdown(t *testing.T) {
	s := section{Title: "T", About: "It is.", Tables: []table{{Header: []string{"a", "b"}, Rows: [][]string{{"1", "2"}}}, {Plot: "##\n"}},
		Verdicts: []verdict{{Row: "r", Aim: "x", Reached: "y", Limit: "why"}}}
	var out strings.Builder
	s.markdown(&out)
	for _, want := range []string{"\n## T\n\nIt is.\n", "| a | b |\n| --- | --- |\n| 1 | 2 |\n", "```\n##\n```\n", "| r | x | y | missed: why |\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, &out)
		}
	}
}

func TestPlot(t *testing.T) {
	c := curve{name: "c", unit: "rooms", linear: true, points: []point{{1, 10, 1 << 20, 1 << 19}, {10, 20, 1 << 20, 1 << 19}, {100, 1000, 1 << 20, 1 << 19}}}
	if p := c.plot(); !strings.Contains(p, "10             20        1.0        0.5") || !strings.HasSuffix(p, "5.00\n") {
		t.Errorf("%s", p)
	}
}
