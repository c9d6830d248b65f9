//go:build !nocommon && !nomsgpack

package parser

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzJSON: a document is the same value, or the same error, with either parser,
// as a RawMessage and decoded, and what encoding/json reads from it.
func FuzzJSON(f *testing.F) {
	for _, s := range samples() {
		if text, _, err := reference(s.value); err == nil && len(text) < 2000 {
			f.Add(text)
		}
	}
	for _, r := range refusals() {
		if raw, ok := r.value.(json.RawMessage); ok && len(raw) < 2000 {
			f.Add([]byte(raw))
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if doc == nil {
			doc = []byte{}
		}
		tree, _, err := encodeBoth(t, json.RawMessage(doc))
		var want any
		wantErr := json.Unmarshal(doc, &want)
		if err != nil {
			known := strings.Contains(err.Error(), "beyond float64") || strings.Contains(err.Error(), "half of a pair")
			if wantErr == nil && !known {
				t.Fatalf("refused %q: %v", doc, err)
			}
			return
		}
		if wantErr != nil {
			t.Fatalf("took %q, which is not JSON: %v", doc, wantErr)
		}
		if !placeholders(want) && !same(tree, want) {
			t.Fatalf("%q became %#v, not %#v", doc, tree, want)
		}
		decoded, _, err := encodeBoth(t, want)
		if err != nil || !placeholders(want) && !same(decoded, want) {
			t.Fatalf("%q, decoded, became %#v, %v", doc, decoded, err)
		}
	})
}

// placeholders tells whether a tree has an object that looks like one: the tests'
// own decoder may take it for one.
func placeholders(v any) bool {
	text, _ := json.Marshal(v)
	return strings.Contains(string(text), "_placeholder")
}
