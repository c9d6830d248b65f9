package main

import (
	_ "embed"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed prelude.go.txt
var prelude string

// block is the text between ```go and ```.
type block struct {
	file string
	line int // of its first line in file
	text string
}

func blocks(file, markdown string) []block {
	var found []block
	var open *block
	n := 0
	for line := range strings.Lines(markdown) {
		n++
		switch trimmed := strings.TrimSpace(line); {
		case open == nil && trimmed == "```go":
			open = &block{file: file, line: n + 1}
		case open != nil && trimmed == "```":
			found = append(found, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	return found
}

var (
	packageClause = regexp.MustCompile(`(?m)^package `)
	declaration   = regexp.MustCompile(`(?m)^(func|type|var _) `)
	definition    = regexp.MustCompile(`(?m)^(\w+(?:, \w+)*) := `)
)

func (b block) program() bool { return packageClause.MatchString(b.text) }

// source is the Go file that the block stands for.
func (b block) source() string {
	path, err := filepath.Abs(b.file)
	if err != nil {
		path = b.file
	}
	line := fmt.Sprintf("//line %s:%d\n", path, b.line)
	switch {
	case b.program():
		return line + b.text
	case declaration.MatchString(b.text):
		return "package main\n\n" + b.imports() + line + b.text
	}
	return "package main\n\n" + b.imports() + "func _() {\n" + line + b.text + "//line after:1\n" + b.uses() + "}\n"
}

// uses mentions what the block defines, as a snippet may leave it to the reader.
func (b block) uses() string {
	var s strings.Builder
	for _, m := range definition.FindAllStringSubmatch(b.text, -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			if name != "_" {
				fmt.Fprintf(&s, "_ = %s\n", name)
			}
		}
	}
	return s.String()
}

const own = "github.com/sioxide/emitter"

// known are the packages that snippets use without importing them.
var known = map[string]string{
	"bson":          "go.mongodb.org/mongo-driver/v2/bson",
	"context":       "context",
	"emitter":       own,
	"emittertest":   own + "/emittertest",
	"errors":        "errors",
	"fmt":           "fmt",
	"http":          "net/http",
	"json":          "encoding/json",
	"kafkadriver":   own + "/driver/kafkadriver",
	"kgo":           "github.com/twmb/franz-go/pkg/kgo",
	"log":           "log",
	"mongo":         "go.mongodb.org/mongo-driver/v2/mongo",
	"mongodriver":   own + "/driver/mongodriver",
	"nats":          "github.com/nats-io/nats.go",
	"natsdriver":    own + "/driver/natsdriver",
	"options":       "go.mongodb.org/mongo-driver/v2/mongo/options",
	"os":            "os",
	"outbox":        own + "/outbox",
	"pgsource":      own + "/relay/pgsource",
	"pgx":           "github.com/jackc/pgx/v5",
	"pgxdriver":     own + "/driver/pgxdriver",
	"pgxoutbox":     own + "/outbox/pgxoutbox",
	"pgxpool":       "github.com/jackc/pgx/v5/pgxpool",
	"protocol":      own + "/protocol",
	"redis":         "github.com/redis/go-redis/v9",
	"redisdriver":   own + "/driver/redisdriver",
	"relay":         own + "/relay",
	"rueidis":       "github.com/redis/rueidis",
	"rueidisdriver": own + "/driver/rueidisdriver",
	"slog":          "log/slog",
	"testing":       "testing",
	"time":          "time",
}

func (b block) imports() string {
	var s strings.Builder
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(b.text) {
			fmt.Fprintf(&s, "import %q\n", known[name])
		}
	}
	return s.String()
}
