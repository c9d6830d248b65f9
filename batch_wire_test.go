//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

// wired is a cluster whose driver wants the wire form; it notes the requests whose
// form is that.
type wired struct {
	*rounds
	raw []string
}

func newWired() *wired { return &wired{rounds: newRounds()} }

func (*wired) SendsWire() {}

func (w *wired) SendAll(ctx context.Context, reqs []*protocol.Request, servers []int, errs []error) error {
	for _, req := range reqs {
		if req.Raw != nil {
			w.raw = append(w.raw, string(req.Raw))
		}
	}
	return w.rounds.SendAll(ctx, reqs, servers, errs)
}

// around is a driver that looks at requests on their way to another one.
type around struct{ emitter.Driver }

func (a around) Unwrap() emitter.Driver { return a.Driver }

// TestBatchRecordsTheWireForm, in memory that it uses again, where its own driver
// wants that, and where nobody looks at a request.
func TestBatchRecordsTheWireForm(t *testing.T) {
	for name, c := range map[string]struct {
		make func(w *wired) *emitter.Batch
		raw  bool
	}{
		"plain":   {func(w *wired) *emitter.Batch { return emitter.NewBatch(w) }, true},
		"windows": {func(w *wired) *emitter.Batch { return emitter.NewBatch(w, emitter.Window(7)) }, true},
		"acked":   {func(w *wired) *emitter.Batch { return emitter.NewBatch(w, emitter.Acked()) }, false},
		"around":  {func(w *wired) *emitter.Batch { return emitter.NewBatch(around{w}) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWired()
			s := w.Connect(0, "/", "r")
			s.OnAck(func(string, []any) []any { return nil })
			b := c.make(w)
			io := emitter.New(w).Via(b).To("r")
			var want []string
			for i := range 40 {
				blob := bytes.Repeat([]byte{'b'}, i*13%50)
				text := strings.Repeat("x", i*7%50)
				want = append(want, fmt.Sprintf("%d %s %s", i, text, blob))
				if err := io.Emit(t.Context(), "e", i, text, blob); err != nil {
					t.Fatal(err)
				}
				copy(blob, "torn")
				if i%5 == 0 {
					if err := b.Flush(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := b.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range s.Received() {
				got = append(got, fmt.Sprintf("%v %s %s", e.Args[0], e.Args[1], e.Args[2]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("received %q, want %q", got, want)
			}
			if (len(w.raw) == 40) != c.raw || (len(w.raw) == 0) == c.raw {
				t.Errorf("%d of 40 were in their wire form", len(w.raw))
			}
		})
	}
}

// TestBatchLeavesForwardedBytesAlone: what was given in its wire form is the caller's,
// and no memory for later requests.
func TestBatchLeavesForwardedBytesAlone(t *testing.T) {
	w := newWired()
	b := emitter.NewBatch(w)
	send := func(err error) {
		t.Helper()
		if err == nil {
			err = b.Flush(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	io := emitter.New(w).Via(b)
	send(io.Emit(t.Context(), "first"))
	raw, kept := []byte(w.raw[0]), w.raw[0]
	for range 20 {
		_, err := b.Send(t.Context(), &protocol.Request{Prefix: "socket.io", Namespace: "/", Raw: raw})
		send(err)
		send(io.Emit(t.Context(), "e"))
	}
	if string(raw) != kept {
		t.Errorf("%q became %q", kept, raw)
	}
	if n := len(w.raw); n != 41 {
		t.Errorf("%d were sent in their wire form", n)
	}
}

// TestBatchKeepsQuestionsWhole: drivers look at a question's type.
func TestBatchKeepsQuestionsWhole(t *testing.T) {
	w := newWired()
	b := emitter.NewBatch(w)
	req := named("question")
	req.Type = protocol.AllRooms
	if _, err := b.Send(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if _ = b.Flush(t.Context()); len(w.raw) != 0 || len(w.seen) != 1 || w.seen[0] != "p" {
		t.Errorf("%d in the wire form, rounds %q", len(w.raw), w.seen)
	}
}
