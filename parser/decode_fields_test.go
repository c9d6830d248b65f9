//go:build !nocommon && !nomsgpack

package parser

import (
	"strings"
	"testing"
)

type (
	Album  struct{ Cover, Back []byte }
	album  struct{ Cover []byte }
	Shelf  struct{ *Album }
	hidden struct{ *album }
)

// TestDecodeFields: a binary finds its field as encoding/json finds it.
func TestDecodeFields(t *testing.T) {
	for parser, v := range answers(t, map[string]any{"cover": []byte("c"), "other": []byte("o"), "x": 1}) {
		var s Shelf
		if err := Decode(v, &s); err != nil || s.Album == nil || string(s.Cover) != "c" || s.Back != nil {
			t.Errorf("%s: %+v, %v", parser, s, err)
		}
		s = Shelf{&Album{Back: []byte("stays")}}
		if err := Decode(v, &s); err != nil || string(s.Cover) != "c" || string(s.Back) != "stays" {
			t.Errorf("%s: %+v, %v", parser, s.Album, err)
		}
		if err := Decode(v, new(hidden)); err == nil || !strings.Contains(err.Error(), "embedded pointer to parser.album") {
			t.Errorf("%s: %v", parser, err)
		}
		if err := Decode(v, &hidden{&album{}}); err != nil {
			t.Errorf("%s: %v", parser, err)
		}
		if err := Decode(v, new(map[int][]byte)); err == nil || !strings.Contains(err.Error(), "cannot unmarshal") {
			t.Errorf("%s: %v", parser, err)
		}
		m := map[string]any{"stays": true}
		if err := Decode(v, &m); err != nil || !same(m, map[string]any{"stays": true, "cover": []byte("c"), "other": []byte("o"), "x": 1.0}) {
			t.Errorf("%s: %v, %v", parser, m, err)
		}
		var wrong struct{ X []byte }
		if err := Decode(v, &wrong); err == nil {
			t.Errorf("%s: a number became bytes", parser)
		}
	}
}

// TestDecodeArrays: an array takes as many as it holds, and is zero beyond.
func TestDecodeArrays(t *testing.T) {
	for parser, v := range answers(t, []any{[]byte("a"), []byte("b")}) {
		one, three := [1][]byte{}, [3]Blob{2: Blob("gone")}
		if err := Decode(v, &one); err != nil || string(one[0]) != "a" {
			t.Errorf("%s: %q, %v", parser, one, err)
		}
		if err := Decode(v, &three); err != nil || string(three[1]) != "b" || three[2] != nil {
			t.Errorf("%s: %q, %v", parser, three, err)
		}
	}
}
