//go:build !nocommon

package parser

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// The plain twins of the loops that look at eight bytes at once.

func plainTwin(s []byte, high bool) int {
	for i, c := range s {
		if c < 0x20 || c == '"' || c == '\\' || !high && c >= 0x80 {
			return i
		}
	}
	return len(s)
}

func asciiTwin(s []byte) int {
	for i, c := range s {
		if c >= 0x80 {
			return i
		}
	}
	return len(s)
}

func repairedTwin(s []byte) string {
	var out strings.Builder
	for _, r := range string(s) { // a range gives U+FFFD for each byte that is not UTF-8
		out.WriteRune(r)
	}
	return out.String()
}

func quotedTwin(s []byte) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(string(s))
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029", `\ufffd`, "\ufffd").Replace(strings.TrimSpace(out.String()))
}

// TestScansEverywhere puts each byte at each place of the words and their ends.
func TestScansEverywhere(t *testing.T) {
	for c := range 256 {
		for at := range 75 {
			s := []byte(strings.Repeat("x", 75))
			s[at] = byte(c)
			checkScans(t, s)
			checkScans(t, s[:at+1])
		}
	}
}

func checkScans(t *testing.T, s []byte) {
	t.Helper()
	if got, want := plainLen(s), plainTwin(s, false); got != want {
		t.Errorf("plainLen(%q) = %d, not %d", s, got, want)
	}
	if got, want := cleanLen(s), plainTwin(s, true); got != want {
		t.Errorf("cleanLen(%q) = %d, not %d", s, got, want)
	}
	if got, want := asciiLen(s), asciiTwin(s); got > want || got < want-7 {
		t.Errorf("asciiLen(%q) = %d, not %d or up to 7 less", s, got, want)
	}
	if got, want := isPlainLong(s), plainTwin(s, false) == len(s); got != want {
		t.Errorf("isPlainLong(%q) = %v", s, got)
	}
	if got, want := isCleanLong(s), plainTwin(s, true) == len(s); got != want {
		t.Errorf("isCleanLong(%q) = %v", s, got)
	}
	if got, want := isValid(s), utf8.Valid(s); got != want {
		t.Errorf("isValid(%q) = %v", s, got)
	}
}

func FuzzScans(f *testing.F) {
	for _, s := range []string{"", "abc", "0123456789abcdef0123456789abcdef!", "\"", "a\\", "\x1f", "\x7f", "\x80", "ä", "\xff\xff\xff\xff\xff\xff\xff\xff\"", "\x80\x1f", "\xff\x20\x21\x22", "日本\u2028語\xed\xa0\x80"} {
		for _, pad := range []int{0, 1, 7, 8, 24, 31, 32, 40, 63, 64, 100, 8190, 8192} {
			f.Add([]byte(strings.Repeat("x", pad) + s))
			f.Add([]byte(s + strings.Repeat("x", pad)))
		}
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		checkScans(t, s)
		if len(s) > 0 { // as it is in long strings, of which a fuzzer makes few
			checkScans(t, bytes.Repeat(s, 1+20000/len(s)))
		}
		if got, want := string(appendRepaired(nil, s)), repairedTwin(s); got != want {
			t.Errorf("appendRepaired(%q) = %q, not %q", s, got, want)
		}
		if utf8.Valid(s) {
			if got, want := string(appendQuoted(nil, s)), quotedTwin(s); got != want && !strings.Contains(string(s), `\u2028`) {
				t.Errorf("appendQuoted(%q) = %s, not %s", s, got, want)
			}
		}
	})
}

// FuzzLex: strings and numbers are taken exactly when encoding/json takes them,
// but for what float64 and UTF-8 have no room for.
func FuzzLex(f *testing.F) {
	for _, s := range []string{`"a"`, `"\u0041\n"`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", "-0.5e+7", "01", "1e999", "1.", "\"\x1f\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		valid := json.Valid(s) && len(bytes.TrimSpace(s)) == len(s)
		if len(s) > 0 && s[0] == '"' {
			end, kind, err := lexString(s, 0)
			if valid != (end == len(s) && err == nil) && !strings.Contains(strings.ToLower(string(s)), `\ud`) {
				t.Fatalf("lexString(%q) = %d, %v", s, end, err)
			}
			if err == nil && end == len(s) {
				var want string
				if err := json.Unmarshal(s, &want); err != nil {
					t.Fatalf("lexString took %q: %v", s, err)
				}
				if got := string(unescape(nil, s[1:len(s)-1])); got != want {
					t.Errorf("unescape(%q) = %q, not %q", s, got, want)
				}
				if kind&broken == 0 && !utf8.Valid(s) {
					t.Errorf("lexString(%q) did not see the broken bytes", s)
				}
			}
		} else if len(s) > 0 && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') {
			end, err := lexNumber(s, 0)
			_, wide := strconv.ParseFloat(string(s), 64)
			if want := valid && wide == nil; want != (end == len(s) && err == nil) {
				t.Fatalf("lexNumber(%q) = %d, %v", s, end, err)
			}
		}
	})
}

// FuzzFloat: floats have the text that encoding/json gives them.
func FuzzFloat(f *testing.F) {
	for _, v := range []float64{0, 1, -1, 1e-6, 1e-7, 1e20, 1e21, 0.1, 1 << 24, 1<<24 + 2, 1 << 53} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if checkFloat(v) != nil {
			return
		}
		want, _ := json.Marshal(v)
		if got := appendFloat(nil, v, 64); string(got) != string(want) {
			t.Errorf("appendFloat(%v) = %s, not %s", v, got, want)
		}
		narrow := float32(v)
		if checkFloat(float64(narrow)) != nil {
			return
		}
		want, _ = json.Marshal(narrow)
		if got := appendFloat(nil, float64(narrow), 32); string(got) != string(want) {
			t.Errorf("appendFloat(%v, 32) = %s, not %s", narrow, got, want)
		}
	})
}
