package main

import (
	"regexp"
	"strings"
)

const repository = "github.com/sioxide/emitter"

// short is an import path as it stands in the repository; "." is its root.
func short(path string) string {
	if path == repository {
		return "."
	}
	return strings.TrimPrefix(path, repository+"/")
}

// isProgress tells the lines by which a test says that it starts, waits and goes on.
func isProgress(line string) bool {
	return strings.HasPrefix(line, "=== ")
}

// isVerdict tells the lines that `go test` itself prints about a package.
func isVerdict(line string) bool {
	for _, prefix := range []string{"ok  \t", "FAIL\t", "?   \t", "testing: warning: no tests to run", "coverage: "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	switch strings.TrimSpace(line) {
	case "PASS", "FAIL":
		return true
	}
	return false
}

// indent moves text to the right, so that no line of it is taken for one of ours.
func indent(text string) string {
	if text == "" {
		return ""
	}
	text = strings.TrimSuffix(text, "\n")
	return "      " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
}

var position = regexp.MustCompile(`^\S+\.go:\d+: `)

// reason is what a skipped test said, without the lines around it and without where
// in its file that was.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = position.ReplaceAllString(strings.TrimSpace(line), "")
		if line != "" && !strings.HasPrefix(line, "--- SKIP") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
