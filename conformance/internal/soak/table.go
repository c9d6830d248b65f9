package soak

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Table of results, for people.
func Table(results []*Result) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	head := []string{"source", "operations"}
	for _, k := range Kinds() {
		head = append(head, string(k))
	}
	fmt.Fprintln(w, strings.Join(append(head, "duplicates", "dead", "time", "ops/s", "RSS MiB by thirds"), "\t"))
	for _, r := range results {
		row := []string{r.Source, fmt.Sprint(r.Ops)}
		for _, k := range Kinds() {
			row = append(row, fmt.Sprint(r.Faults[k]))
		}
		row = append(row, fmt.Sprint(r.Duplicates), fmt.Sprint(r.Dead), fmt.Sprintf("%.0f s", r.Took.Seconds()),
			fmt.Sprintf("%.0f", float64(r.Ops)/r.Took.Seconds()), fmt.Sprintf("%d %d %d", r.RSS[0]>>20, r.RSS[1]>>20, r.RSS[2]>>20))
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush()
	return b.String()
}
