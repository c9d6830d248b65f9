//go:build !nocommon && !nomsgpack

package parser

import (
	"strconv"
	"strings"
	"testing"
)

// TestSameValue: one Go value gives a client the same value with either parser,
// and it is what encoding/json makes of it, with binaries as binaries.
func TestSameValue(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			wantText, want, err := reference(s.value)
			if err != nil {
				t.Fatal(err)
			}
			got, text, err := encodeBoth(t, s.value)
			if err != nil {
				t.Fatal(err)
			}
			if !same(base64Of(got), want) {
				t.Fatalf("got  %.2000q\nwant %.2000q", text, wantText)
			}
			if arg := argument(text); arg != string(wantText) && bytesMatter(arg, string(wantText)) && !shorterNumber(arg, string(wantText)) {
				t.Errorf("not encoding/json's text\ngot  %.2000q\nwant %.2000q", arg, wantText)
			}
		})
	}
}

// bytesMatter tells whether two texts of the same value should be the same
// bytes: not where map keys stand in another order, binaries have placeholders,
// or encoding/json escapes what needs no escape.
func bytesMatter(got, want string) bool {
	loose := []string{`\u2028`, `\u2029`, "\u2028", `\ufffd`, "\ufffd", "\xff", "\x80", "_placeholder"}
	for _, s := range loose {
		if strings.Contains(got, s) || strings.Contains(want, s) {
			return false
		}
	}
	return len(got) != len(want) || !sameLetters(got, want)
}

// shorterNumber tells whether got is a number in fewer characters than want: 1e+16.
func shorterNumber(got, want string) bool {
	_, err := strconv.ParseFloat(got, 64)
	return err == nil && len(got) < len(want) && strings.Contains(got, "e+") && !strings.Contains(want, "e")
}

// sameLetters tells whether two texts have the same bytes in any order.
func sameLetters(a, b string) bool {
	var count [256]int
	for i := range len(a) {
		count[a[i]]++
		count[b[i]]--
	}
	return count == [256]int{}
}
