package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sioxide/emitter/conformance/internal/bursts"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// fullBursts names the environment variable that has all bursts run when it is "full"; without it those are left out
// that take long and show little.
const fullBursts = "BURSTS"

var counterScript = filepath.Join("clients", "counter.mjs")

// TestBursts sends bursts in many ways, prints what arrived, and checks what a Batch promises.
func TestBursts(t *testing.T) {
	requireTools(t)
	programs, err := bursts.Build(t.Context(), t.TempDir())
	if err != nil {
		skipOrFail(t, err)
	}
	var results []bursts.Result
	var left []string
	for _, server := range []rustserver.Driver{rustserver.Redis, rustserver.Fred} {
		t.Run(string(server), func(t *testing.T) {
			done, skipped := runBursts(t, server, programs)
			results, left = append(results, done...), append(left, skipped...)
		})
	}
	fmt.Println()
	if err := bursts.Print(os.Stdout, results); err != nil {
		t.Error(err)
	}
	fmt.Println()
	for _, name := range left {
		fmt.Printf("not run without %s=full: %s\n", fullBursts, name)
	}
}

// runBursts runs the plan of one kind of server, on a cluster of its own.
func runBursts(t *testing.T, server rustserver.Driver, programs bursts.Programs) (results []bursts.Result, left []string) {
	c, err := bursts.Start(t.Context(), server, counterScript, programs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, b := range bursts.Plan(server, c.Window()) {
		if b.Long && os.Getenv(fullBursts) != "full" {
			left = append(left, b.Name())
			continue
		}
		r, err := c.Run(t.Context(), b)
		if err != nil {
			t.Errorf("%s: %v", b.Name(), err)
		}
		if broken := r.Broken(); broken != "" {
			t.Errorf("%s: %s", b.Name(), broken)
		}
		results = append(results, r)
		if err == nil && !r.Harmed() {
			continue
		}
		if err := c.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, large := range []bool{false, true} {
		if lost, expected := bursts.LostByClients(results, large); lost > expected/1000 {
			t.Errorf("%d of %d deliveries were lost in clients' queues, more than 1 in 1,000 (of large events: %v)", lost, expected, large)
		}
	}
	return results, left
}

// skipOrFail ends the test because something is missing, which in CI is a failure.
func skipOrFail(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}
