//go:build !race && !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter"
)

type order struct {
	ID       int64     `json:"id"`
	Customer string    `json:"customer"`
	Email    string    `json:"email"`
	Items    []string  `json:"items"`
	Total    float64   `json:"total"`
	Currency string    `json:"currency"`
	Quantity uint32    `json:"quantity"`
	Paid     bool      `json:"paid"`
	Placed   time.Time `json:"placed"`
	Photo    []byte    `json:"photo,omitempty"`
}

// TestEmitAllocatesNothing: with arguments that the caller has put into a slice
// before, as boxing them is his, and in the steady state.
func TestEmitAllocatesNothing(t *testing.T) {
	ctx, long := context.Background(), strings.Repeat("0123456789abcdef", 4096)
	o := &order{ID: 1, Customer: "Ada", Items: []string{"gear"}, Total: 1.5, Placed: time.Unix(0, 0)}
	for name, value := range map[string]any{
		"16 B string": long[:16], "1 KiB string": long[:1024], "64 KiB string": long, "text beyond ASCII": "ä" + long, "text to escape": long[:512] + "\n" + long,
		"no bytes": []byte{}, "1 KiB of bytes": []byte(long[:1024]), "64 KiB of bytes": []byte(long),
		"struct by pointer": o, "struct with bytes": &order{Photo: []byte(long)},
	} {
		for _, p := range []emitter.Parser{emitter.Common, emitter.Msgpack} {
			t.Run(name+"/"+p.String(), func(t *testing.T) {
				io, args := emitter.New(new(discard), emitter.WithParser(p)), []any{value}
				none(t, "Emit", func() error { return io.To("room").Emit(ctx, "event", args...) })
			})
		}
	}
}

// TestOperationsAllocateNothing: nor does what takes no arguments.
func TestOperationsAllocateNothing(t *testing.T) {
	ctx, io := context.Background(), emitter.New(new(discard))
	rooms := []string{"a", "b"}
	prepared, err := io.Prepare("event", "text", []byte("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	few := io.To("a", "b").Except("c") // building it allocates once, using it does not
	for name, op := range map[string]func() error{
		"builder calls": func() error {
			return io.Of("/admin").To("a").ExceptSocket(sidA).ToServer(serverA).Volatile().Prefix("p").EmitPrepared(ctx, prepared)
		},
		"several rooms": func() error { return few.EmitPrepared(ctx, prepared) },
		"ToSocket":      func() error { return io.ToSocket(sidA).EmitPrepared(ctx, prepared) },
		"Join":          func() error { return io.To("a").Join(ctx, rooms...) },
		"Leave":         func() error { return io.To("a").Leave(ctx, rooms...) },
		"Disconnect":    func() error { return io.To("a").Disconnect(ctx) },
	} {
		t.Run(name, func(t *testing.T) { none(t, name, op) })
	}
}

func none(t *testing.T, what string, op func() error) {
	t.Helper()
	if n := testing.AllocsPerRun(200, func() {
		if err := op(); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("%s allocates %v times, want 0", what, n)
	}
}
