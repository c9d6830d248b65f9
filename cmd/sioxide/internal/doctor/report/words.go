package report

import (
	"fmt"
	"strings"
)

// Plural is "1 server answers" or "2 servers answer".
func Plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// List shows names, of many the first.
func List(names []string) string {
	const most = 20
	shown := make([]string, 0, most)
	for _, name := range names[:min(most, len(names))] {
		shown = append(shown, fmt.Sprintf("%q", name))
	}
	text := strings.Join(shown, ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}

// Servers are details, one for each id.
func Servers(ids []string) []string {
	details := make([]string, len(ids))
	for i, id := range ids {
		details[i] = "server " + id
	}
	return details
}

// Size is a number of bytes in the largest unit that divides it.
func Size(bytes int) string {
	switch {
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10 && bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
