package main

import (
	"strings"
	"testing"
)

const fence = "```"

func TestBlocks(t *testing.T) {
	got := blocks("a.md", "text\n"+fence+"go\nx := 1\n"+fence+"\n"+fence+"sh\nmake\n"+fence+"\n"+fence+"go\ny := 2\n"+fence+"\n")
	want := []block{{"a.md", 3, "x := 1\n"}, {"a.md", 9, "y := 2\n"}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("found %+v, want %+v", got, want)
	}
}

func TestSource(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"package main\n", "package main\n"},
		{"func f() {}\n", "package main\n"},
		{"a, err := emitter.New(driver)\n", "import \"" + own + "\"\n"},
		{"a, err := f()\n", "_ = a\n_ = err\n"},
	} {
		if got := (block{"a.md", 1, c.text}).source(); !strings.Contains(got, c.want) {
			t.Errorf("the source of %q has no %q:\n%s", c.text, c.want, got)
		}
	}
}
