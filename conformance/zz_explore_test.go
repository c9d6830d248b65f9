package conformance

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"fmt"

	"github.com/sioxide/emitter/conformance/internal/bursts"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

func TestExplore(t *testing.T) {
	programs, err := bursts.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := rustserver.Driver(os.Getenv("XS"))
	c, err := bursts.Start(t.Context(), server, counterScript, programs)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	sizes := map[string]bursts.Size{"5k": bursts.Small5k, "20k": bursts.Small20k, "100k": bursts.Small100k, "large": bursts.Large200}
	rooms := map[string]bursts.Room{"4": bursts.Four, "20": bursts.Twenty, "halves": bursts.Halves}
	n, _ := strconv.Atoi(os.Getenv("XN"))
	senders, _ := strconv.Atoi(os.Getenv("XSENDERS"))
	var results []bursts.Result
	for range max(n, 1) {
		for _, room := range strings.Split(os.Getenv("XROOM"), ",") {
			for _, size := range strings.Split(os.Getenv("XSIZE"), ",") {
				for _, way := range strings.Split(os.Getenv("XWAY"), ";") {
					w := bursts.Way{Name: way, Args: strings.Fields(way), Waits: strings.Contains(way, "acked"), Rust: way == "rust"}
					r, err := c.Run(t.Context(), bursts.Burst{Server: server, Size: sizes[size], Room: rooms[room], Way: w, Senders: senders, Paused: os.Getenv("XPAUSED") != ""})
					if err != nil {
						t.Error(err)
					}
					fmt.Println(way, r.SentIn, r.Arrived, r.Took, len(r.Other), r.Errors)
					for i, o := range r.Other { if i<3 {fmt.Println(o) }}
					results = append(results, r)
				}
			}
		}
	}
	bursts.Print(os.Stdout, results)
}
