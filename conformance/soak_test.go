package conformance

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/conformance/internal/soak"
)

// The short form, which make test runs.
const (
	soakFor = 20 * time.Second
	soakOps = 5000
)

// TestSoak has relays perform operations while everything around them fails. SOAK_FOR,
// SOAK_OPS and SOAK_SEED change it, SOAK_SOURCE picks sources by an expression
// (make soak).
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs services: not with -short")
	}
	needServer(t)
	c := soakConfig(t)
	t.Logf("seed %d: SOAK_SEED=%d has the same operations and faults again", c.Seed, c.Seed)
	picked, err := regexp.Compile(os.Getenv("SOAK_SOURCE"))
	if err != nil {
		t.Fatalf("SOAK_SOURCE: %v", err)
	}
	var mu sync.Mutex
	var results []*soak.Result
	t.Run("sources", func(t *testing.T) {
		for _, name := range soak.Names() {
			if !picked.MatchString(name) {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := soak.Run(t, name, c)
				for _, problem := range r.Problems {
					t.Error(problem)
				}
				mu.Lock()
				defer mu.Unlock()
				results = append(results, r)
			})
		}
	})
	t.Logf("\n%s", soak.Table(results))
}

// needServer skips where the Rust server is not built, which fails in CI.
func needServer(t *testing.T) {
	t.Helper()
	if _, err := rustserver.Current.Path(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func soakConfig(t *testing.T) soak.Config {
	t.Helper()
	c := soak.Config{Ops: soakOps, For: soakFor, Seed: rand.Uint64N(1_000_000), Sioxide: buildSioxide(t)}
	var err error
	if s := os.Getenv("SOAK_FOR"); s != "" {
		if c.For, err = time.ParseDuration(s); err != nil || c.For <= 0 {
			t.Fatalf("SOAK_FOR=%s: it is a time, such as 30m", s)
		}
	}
	if s := os.Getenv("SOAK_OPS"); s != "" {
		if c.Ops, err = strconv.Atoi(s); err != nil || c.Ops < 1 {
			t.Fatalf("SOAK_OPS=%s: it is a number of at least 1", s)
		}
	}
	if s := os.Getenv("SOAK_SEED"); s != "" {
		if c.Seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("SOAK_SEED=%s: it is a number", s)
		}
	}
	return c
}

// buildSioxide builds the command.
func buildSioxide(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sioxide")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/sioxide/emitter/cmd/sioxide").CombinedOutput(); err != nil {
		t.Fatalf("build sioxide: %v\n%s", err, out)
	}
	return program
}
