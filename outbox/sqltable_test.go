package outbox_test

import (
	"strings"
	"testing"

	"github.com/sioxide/emitter/outbox"
)

func TestQuoteTable(t *testing.T) {
	for _, c := range []struct{ name, suffix, want string }{
		{"a", "", `"a"`},
		{"App.Out box", "_dead", `"App"."Out box_dead"`},
		{`x"; drop table y; --`, "", `"x""; drop table y; --"`},
		{"", "", ""}, {".", "", ""}, {"a.", "", ""}, {"a.b.c", "", ""}, {"a\x00", "", ""}, {"\xff", "", ""},
		{strings.Repeat("n", 50), "", `"` + strings.Repeat("n", 50) + `"`},
		{strings.Repeat("n", 51), "", ""},
	} {
		got, err := outbox.QuoteTable(c.name, c.suffix)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}
