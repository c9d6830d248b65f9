//go:build !nocommon && !nomsgpack

package outbox_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/outbox"
	"github.com/sioxide/emitter/protocol"
)

func TestEncodeAll(t *testing.T) {
	r := emittertest.NewRecorder()
	io := emitter.New(r)
	for _, n := range []int{10, 10, 5000, 10, 10} {
		if err := io.Emit(t.Context(), "e", strings.Repeat("x", n)); err != nil {
			t.Fatal(err)
		}
	}
	reqs := r.Requests()
	question := reqs[0].Clone()
	question.Type = protocol.AllRooms
	reqs = slices.Insert(reqs, 1, question)
	lost := errors.New("the connection is lost")
	for _, c := range []struct {
		name   string
		breaks int // the part that breaks the rest off
		parts  []int
		broken int // requests that are not put
	}{
		{"all", -1, []int{2, 1, 2}, 0},
		{"the rest of a broken one", 1, []int{2, 1}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var parts []int
			errs := make([]error, len(reqs))
			outbox.EncodeAll(reqs, errs, 1000, func(part []outbox.Entry, failed []error) error {
				parts = append(parts, len(part))
				if len(parts)-1 == c.breaks {
					return lost
				}
				return nil
			})
			if !slices.Equal(parts, c.parts) {
				t.Errorf("parts of %v, want %v", parts, c.parts)
			}
			if !errors.Is(errs[1], emitter.ErrUnsupported) || !emitter.SafeToRetry(errs[1]) {
				t.Errorf("a question: %v", errs[1])
			}
			n := 0
			for _, err := range errs {
				if errors.Is(err, lost) {
					n++
				}
			}
			if n != c.broken || c.broken > 0 && !errors.Is(errs[len(errs)-1], lost) {
				t.Errorf("%d were broken off, want the last %d", n, c.broken)
			}
		})
	}
}
