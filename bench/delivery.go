package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// delivered is what conformance/cmd/delivery prints.
type delivered struct {
	Bursts    []burst   `json:"bursts"`
	Latencies []latency `json:"latencies"`
	Trace     trace     `json:"trace"`
}

type burst struct {
	Name     string  `json:"name"`
	Stage    string  `json:"stage"`
	Rate     float64 `json:"rate"`
	Expected int     `json:"expected"`
	Received int     `json:"received"`
}

type latency struct {
	Rate, Expected, Received int
	P50, P99                 time.Duration
}

type trace struct {
	Windows, Events        int
	Inside, Stall, Between time.Duration
	Idle                   float64
}

// delivery measures what arrives at real clients through real servers.
func (r *run) delivery(ctx context.Context) (s section, err error) {
	var args []string
	if r.quick {
		args = append(args, "-quick")
	}
	cmd := exec.CommandContext(ctx, r.programs.deliveryPath, args...)
	cmd.Dir = r.programs.conformance
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("%w: %s", err, &stderr)
	}
	var d delivered
	if err := json.Unmarshal(out, &d); err != nil {
		return s, fmt.Errorf("read what was delivered: %w", err)
	}
	s.Title = "Delivery"
	s.About = "Two socketioxide servers (current set, redis driver), and JavaScript clients on both that count. A rate is the events a\n" +
		"second that each client got, until the last one; the share is that of the most that arrived in any run of the same burst,\n" +
		"lossy ones included. Latency is from the call of Emit to the client's handler, at four clients, at a steady rate."
	sums := d.sums()
	s.Tables = []table{burstTable(sums), latencyTable(d.Latencies), d.Trace.table()}
	s.Verdicts = judgeDelivery(r.aims, s.Title, sums)
	return s, nil
}

// sum is all rounds of a burst.
type sum struct {
	burst
	rounds []float64 // rates
	share  float64   // of the most, of the best round
}

func (d *delivered) sums() []*sum {
	var all []*sum
	most := make(map[string]float64)
	for _, b := range d.Bursts {
		most[b.Stage] = max(most[b.Stage], b.Rate)
		i := slices.IndexFunc(all, func(s *sum) bool { return s.Name == b.Name && s.Stage == b.Stage })
		if i < 0 {
			all = append(all, &sum{burst: b, rounds: []float64{b.Rate}})
			continue
		}
		all[i].rounds = append(all[i].rounds, b.Rate)
		all[i].Expected += b.Expected
		all[i].Received += b.Received
	}
	for _, s := range all {
		s.share = slices.Max(s.rounds) / most[s.Stage]
	}
	return all
}

func (s *sum) lost() string {
	return percent(float64(s.Expected-s.Received) / float64(s.Expected))
}

func percent(share float64) string {
	if share == 0 {
		return "0"
	}
	return figure(100*share) + " %"
}

func burstTable(sums []*sum) table {
	t := table{Header: []string{"burst", "sent by", "lost", "events a second", "of the most", "rounds from", "to"}}
	for _, s := range sums {
		rate := func(v float64) string { return fmt.Sprintf("%.0f", v) }
		t.Rows = append(t.Rows, []string{
			s.Stage, s.Name, s.lost(), rate(slices.Max(s.rounds)), percent(s.share),
			rate(slices.Min(s.rounds)), rate(slices.Max(s.rounds)),
		})
	}
	return t
}

func latencyTable(all []latency) table {
	t := table{Header: []string{"events a second", "p50", "p99", "lost"}}
	for _, l := range all {
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(l.Rate), l.P50.String(), l.P99.String(), percent(float64(l.Expected-l.Received) / float64(l.Expected)),
		})
	}
	return t
}

// table shows where the time of an acknowledged burst goes: while the events of a
// window come, servers and their sockets' queues are at work; between windows nothing
// comes until the acks have gone back and the next window has been published.
func (t trace) table() table {
	return table{
		Header: []string{"trace of a Batch, Acked, at one client", "median"},
		Rows: [][]string{
			{"events of a window", fmt.Sprint(t.Events)},
			{"first event of a window to its last", t.Inside.String()},
			{"longest stall inside of a window", t.Stall.String()},
			{"last event of a window to the first of the next", t.Between.String()},
			{"share of the time between windows", percent(t.Idle)},
		},
	}
}

// judgeDelivery holds deliveries against their aims: a share of the most, and nothing
// lost in any round.
func judgeDelivery(aims []aim, section string, sums []*sum) []verdict {
	var all []verdict
	for _, a := range aims {
		if a.Section != section {
			continue
		}
		for _, s := range sums {
			if s.Name != a.Rows {
				continue
			}
			none := s.Received == s.Expected
			v := verdict{
				Row:     strings.Join([]string{s.Stage, s.Name}, ", "),
				Aim:     fmt.Sprintf("nothing lost at %s or more of the most", percent(a.ShareOfMost)),
				Reached: fmt.Sprintf("lost %s at %s", s.lost(), percent(s.share)),
				Met:     none && s.share >= a.ShareOfMost,
				Near:    none && s.share >= a.ShareOfMost*(1-tolerance),
			}
			if none && a.Holds > 0 && s.share >= a.Holds {
				v.Limit = a.Limit
			}
			all = append(all, v)
		}
	}
	return all
}
