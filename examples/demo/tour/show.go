package tour

import (
	"encoding/json"
	"fmt"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sioxide/emitter/examples/demo/client"
)

// How much is shown: characters of one string, bytes of one binary, and events of
// one client.
const (
	maxText   = 60
	maxBytes  = 8
	maxEvents = 4
)

// showAll writes events on one line: name and arguments as in JavaScript, binaries as <ca fe>.
func showAll(events []client.Event) string {
	n := len(events)
	switch {
	case n == 0:
		return "nothing"
	case n > maxEvents:
		return fmt.Sprintf("%s … %s (%d events)", showAll(events[:2]), showEvent(events[n-1]), n)
	}
	var out []string
	for _, e := range events {
		out = append(out, showEvent(e))
	}
	return strings.Join(out, " · ")
}

func showEvent(e client.Event) string {
	words := []string{e.Name}
	for _, arg := range e.Args {
		words = append(words, show(arg))
	}
	return strings.Join(words, " ")
}

func show(v any) string {
	switch v := v.(type) {
	case []byte:
		if len(v) > maxBytes {
			return fmt.Sprintf("<% x … %d bytes>", v[:maxBytes], len(v))
		}
		return fmt.Sprintf("<% x>", v)
	case string:
		if runes := []rune(v); len(runes) > maxText {
			return strconv.Quote(string(runes[:maxText]) + "…")
		}
		return strconv.Quote(v)
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, show(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		var items []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			key := k
			if !token.IsIdentifier(k) {
				key = strconv.Quote(k)
			}
			items = append(items, key+": "+show(v[k]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
