package report

import (
	"strings"
	"testing"
)

func TestCellThatNeverRanIsFailed(t *testing.T) {
	var table Table
	first := table.Add(Cell{"standalone", "redis", "common", "current", "redisdriver"}, 2)
	first.Passed()
	first.Passed()
	table.Add(Cell{"cluster", "fred", "msgpack", "oldest", "rueidisdriver"}, 3)

	var text, md strings.Builder
	if err := table.Print(&text); err != nil {
		t.Fatal(err)
	}
	if err := table.Markdown(&md); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text.String(), "\n2 passed, 3 failed\n") {
		t.Errorf("closing line:\n%s", text.String())
	}
	if want := "| cluster | fred | msgpack | oldest | rueidisdriver | 0 of 3 |"; !strings.Contains(md.String(), want) {
		t.Errorf("no row %s in:\n%s", want, md.String())
	}
}
