package outbox

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// DefaultTable is the outbox table's name in PostgreSQL, where none is given.
const DefaultTable = "sioxide_outbox"

// maxTableName leaves room in PostgreSQL's 63 bytes for names that begin with a
// table's: its dead letters, its index, its trigger.
const maxTableName = 50

// QuoteTable returns the name of an outbox table, NAME or SCHEMA.NAME, as it stands in
// SQL: each part is taken as it is, in quotes, so that capital letters count. suffix is
// added to NAME: "_dead" for the table of dead letters.
func QuoteTable(name, suffix string) (string, error) {
	parts := strings.Split(name, ".")
	if len(parts) > 2 {
		return "", fmt.Errorf("table %q: it is neither NAME nor SCHEMA.NAME", clip(name))
	}
	for i, p := range parts {
		switch {
		case p == "" || len(p) > maxTableName:
			return "", fmt.Errorf("table %q: a name has 1 to %d bytes", clip(name), maxTableName)
		case !utf8.ValidString(p) || strings.ContainsRune(p, 0):
			return "", fmt.Errorf("table %q: it is not a name that PostgreSQL takes", clip(name))
		}
		if i == len(parts)-1 {
			p += suffix
		}
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, "."), nil
}

// InsertStatements returns the statements by which a helper inserts into a table: one
// operation, of $1 its key and $2 its data; many, of $1 their keys and $2 their data,
// arrays of text.
func InsertStatements(name string) (one, many string, err error) {
	table, err := QuoteTable(name, "")
	if err != nil {
		return "", "", err
	}
	into := "insert into " + table + " (key, data) "
	return into + "values ($1::text, $2::text)",
		into + "select u.key, u.data from unnest($1::text[], $2::text[]) with ordinality u (key, data, n) order by u.n", nil
}
