package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

func printTable(w io.Writer, rows []*row) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "value\tparser\tns\tbytes on the wire\tallocations\tmemcpy ns\tjson ns\tevent json ns\t/ memcpy\t/ json\t/ event json\taim\t")
	for _, r := range rows {
		fmt.Fprintf(tw, "%s\t%v\t%.0f\t%d\t%g\t%.0f\t%.0f\t%.0f\t%.1f\t%.2f\t%.2f\t%s\t\n",
			r.subject.name, r.parser, r.emit.median(), r.wire, r.allocs,
			r.beside[toCopy].median(), r.beside[toJSON].median(), r.beside[toEvent].median(),
			r.times(toCopy), r.times(toJSON), r.times(toEvent), r.verdict())
	}
	return tw.Flush()
}

// verdict says whether the aims of a row are met. No row may allocate.
func (r *row) verdict() string {
	var said []string
	if r.allocs > 0 {
		said = append(said, "MISSED: 0 allocations")
	}
	for _, a := range r.subject.aims[r.parser] {
		word := "met"
		if r.times(a.beside) > a.most {
			word = "MISSED"
		}
		unit := "x " + a.beside
		if a.beside == inTime {
			unit = inTime
		}
		said = append(said, fmt.Sprintf("%s: at most %g %s", word, a.most, unit))
	}
	return strings.Join(said, "; ")
}
