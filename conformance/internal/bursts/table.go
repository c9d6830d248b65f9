package bursts

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

var header = []string{
	"server", "burst", "clients", "sent by", "lost", "in adapters", "in queues", "disorder", "events/s", "of the most", "",
}

// Print writes the table. Beside each rate stands its part of the most events a second that arrived in any of the
// results with the same server, burst and clients, lossy ones included.
func Print(w io.Writer, results []Result) error {
	most := make(map[string]float64)
	for _, r := range results {
		most[r.Burst.stage()] = max(most[r.Burst.stage()], r.Rate())
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(header, "\t"))
	for _, r := range results {
		fmt.Fprintln(tw, strings.Join(r.cells(most[r.Burst.stage()]), "\t"))
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("print the table of bursts: %w", err)
	}
	return nil
}

// stage is what must be the same to compare rates.
func (b Burst) stage() string {
	return strings.Join([]string{string(b.Server), b.Size.Name, b.Room.Name}, "/")
}

func (r Result) cells(most float64) []string {
	b := r.Burst
	disorder := strconv.Itoa(r.Disorder)
	if b.Way.NoOrder {
		disorder = "-"
	}
	cells := []string{
		string(b.Server), b.Size.Name, b.Room.Name, b.sentBy(), r.lost(), strconv.Itoa(r.Adapter), strconv.Itoa(r.Queues),
		disorder, fmt.Sprintf("%.0f", r.Rate()), fmt.Sprintf("%.0f %%", 100*r.Rate()/most),
	}
	return append(cells, r.note())
}

// note tells what else happened.
func (r Result) note() string {
	var notes []string
	if r.Deaf {
		notes = append(notes, "the servers were cut off")
	}
	if r.Gone > 0 {
		notes = append(notes, fmt.Sprintf("%d clients were disconnected", r.Gone))
	}
	if len(r.Errors) > 0 {
		notes = append(notes, "the emitter says that events may be lost")
	}
	return strings.Join(notes, "; ")
}

func (b Burst) sentBy() string {
	if b.senders() > 1 {
		return fmt.Sprintf("%d x %s", b.senders(), b.Way.Name)
	}
	return b.Way.Name
}

func (r Result) lost() string {
	if r.Lost() == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%.3f %%)", r.Lost(), 100*float64(r.Lost())/float64(r.Expected))
}
