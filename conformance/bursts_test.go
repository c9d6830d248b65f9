package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sioxide/emitter/conformance/internal/bursts"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

var counterScript = filepath.Join("clients", "counter.mjs")

// TestBursts sends bursts in every way, prints what arrived, and checks what a Batch promises.
func TestBursts(t *testing.T) {
	requireTools(t)
	programs, err := bursts.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var results []bursts.Result
	for _, server := range []rustserver.Driver{rustserver.Redis, rustserver.Fred} {
		t.Run(string(server), func(t *testing.T) {
			c, err := bursts.Start(t.Context(), server, counterScript, programs)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := c.Stop(); err != nil {
					t.Error(err)
				}
			})
			for _, b := range plan() {
				b.Server = server
				t.Run(strings.Join([]string{b.Size.Name, b.Room.Name, b.Way.Name}, "/"), func(t *testing.T) {
					r, err := c.Run(t.Context(), b)
					results = append(results, r)
					if err != nil {
						t.Fatal(err)
					}
					t.Log(r.SentIn, r.Arrived, r.Took, r.Other, r.Errors)
					if broken := r.Broken(); broken != "" {
						t.Error(broken)
					}
					if r.Deaf {
						if err := c.Restart(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
				})
			}
		})
	}
	fmt.Println()
	if err := bursts.Print(os.Stdout, results); err != nil {
		t.Error(err)
	}
}

func plan() []bursts.Burst {
	var all []bursts.Burst
	for _, size := range bursts.Sizes() {
		for _, room := range []bursts.Room{bursts.Four, bursts.Twenty} {
			for _, way := range []bursts.Way{bursts.Acked, bursts.Window, bursts.Plain, bursts.Loop, bursts.LoopTogether, bursts.Rust} {
				all = append(all, bursts.Burst{Size: size, Room: room, Way: way})
			}
		}
	}
	return all
}
