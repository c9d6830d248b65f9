// Command bench prints what a whole emit costs, through a driver that encodes the
// request and discards it, beside a memcpy of the same size and encoding/json of the
// same value. All are measured in turn, round after round, and the table shows
// medians: what else the machine does disturbs all of them alike.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 31, "rounds of which the median is taken")
	span := flag.Duration("span", 10*time.Millisecond, "how long each measurement of a round takes")
	flag.Parse()

	fmt.Printf("%s %s/%s, %d CPUs; median of %d rounds of %v\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *rounds, *span)
	rows, err := measure(subjects(), *rounds, *span)
	if err == nil {
		err = printTable(os.Stdout, rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
