package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sioxide/emitter/conformance/internal/bursts"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

var counterScript = filepath.Join("clients", "counter.mjs")

// TestBursts sends bursts in many ways, prints what arrived, and checks what a Batch promises.
func TestBursts(t *testing.T) {
	requireTools(t)
	programs, err := bursts.Build(t.Context(), t.TempDir())
	if err != nil {
		skipOrFail(t, err)
	}
	var results []bursts.Result
	for _, server := range []rustserver.Driver{rustserver.Redis, rustserver.Fred, rustserver.Kafka, rustserver.Nats} {
		t.Run(string(server), func(t *testing.T) {
			needOf(server)(t)
			results = append(results, runBursts(t, server, programs)...)
		})
	}
	fmt.Println()
	if err := bursts.Print(os.Stdout, results); err != nil {
		t.Error(err)
	}
}

// needOf skips where the backend of servers with a driver is missing, and fails in CI.
func needOf(server rustserver.Driver) func(testing.TB) {
	for _, b := range backends {
		if b.servers == server {
			return b.need
		}
	}
	return noNeed
}

// runBursts runs the plan of one kind of server, on a cluster of its own.
func runBursts(t *testing.T, server rustserver.Driver, programs bursts.Programs) []bursts.Result {
	var results []bursts.Result
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
	return results
}

// skipOrFail ends the test because something is missing, which in CI is a failure.
func skipOrFail(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}
