package cases

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// compare tells the first difference between what a socket should have received and what it did.
func compare(want, got []Event) error {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return fmt.Errorf("%d of %d events arrived: %s is missing", i, len(want), show(want[i]))
		case i >= len(want):
			return fmt.Errorf("%d events too many, the first of them %s", len(got)-len(want), show(got[i]))
		case !same(want[i], got[i]):
			return fmt.Errorf("event %d is %s, want %s", i, show(got[i]), show(want[i]))
		}
	}
	return nil
}

func same(want, got Event) bool {
	if want.Name != got.Name || len(want.Args) != len(got.Args) {
		return false
	}
	for i := range want.Args {
		if !sameValue(want.Args[i], got.Args[i]) {
			return false
		}
	}
	return true
}

// sameValue compares as JavaScript would print: want may hold any Go number.
func sameValue(want, got any) bool {
	switch want := want.(type) {
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range want {
			if !sameValue(want[i], list[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for key := range want {
			item, ok := m[key]
			if !ok || !sameValue(want[key], item) {
				return false
			}
		}
		return true
	case int:
		return sameNumber(float64(want), got)
	case float64:
		return sameNumber(want, got)
	}
	return reflect.DeepEqual(want, got)
}

func sameNumber(want float64, got any) bool {
	f, ok := got.(float64)
	return ok && (f == want || math.IsNaN(f) && math.IsNaN(want))
}

// show writes an event on one line, shortened.
func show(e Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s(", e.Name)
	for i, arg := range e.Args {
		if i > 0 {
			b.WriteString(", ")
		}
		text := fmt.Sprintf("%T %v", arg, arg)
		if len(text) > 120 {
			text = text[:120] + fmt.Sprintf("… (%d characters)", len(text))
		}
		b.WriteString(text)
	}
	return b.String() + ")"
}
