package doctor_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// TestEveryCodeHasASection compares the codes with the sections of the manual, both
// ways.
func TestEveryCodeHasASection(t *testing.T) {
	manual, err := os.ReadFile("../../../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(manual), "\n## What the doctor finds\n")
	if !ok {
		t.Fatal("the manual has no part for the doctor")
	}
	part, _, _ = strings.Cut(part, "\n## ")
	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^### (.*)\n\n\S`).FindAllStringSubmatch(part, -1) {
		sections = append(sections, m[1])
	}
	for _, code := range report.Codes() {
		if !slices.Contains(sections, string(code)) {
			t.Errorf("docs/troubleshooting.md has no section %q", code)
		}
	}
	for i, section := range sections {
		if !slices.Contains(report.Codes(), report.Code(section)) {
			t.Errorf("docs/troubleshooting.md has a section %q, and there is no such code", section)
		}
		if slices.Contains(sections[:i], section) {
			t.Errorf("docs/troubleshooting.md has two sections %q", section)
		}
	}
}

// TestEveryCodeIsListed compares the constants with the list.
func TestEveryCodeIsListed(t *testing.T) {
	source, err := os.ReadFile("report/code.go")
	if err != nil {
		t.Fatal(err)
	}
	constants := regexp.MustCompile(`(?m)^\t\w+ +Code = "(.*)"$|^\t\w+ += "(.*)"$`).FindAllStringSubmatch(string(source), -1)
	if len(constants) != len(report.Codes()) {
		t.Errorf("%d constants, %d codes", len(constants), len(report.Codes()))
	}
	for _, m := range constants {
		if !slices.Contains(report.Codes(), report.Code(m[1]+m[2])) {
			t.Errorf("Codes does not list %s", m[1]+m[2])
		}
	}
}

// TestEveryCodeIsProvoked: a test wants each code.
func TestEveryCodeIsProvoked(t *testing.T) {
	source, err := os.ReadFile("report/code.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(\w+) +Code = "`).FindAllStringSubmatch(string(source), -1) {
		if !regexp.MustCompile(`(mustFind\(.*|mustSay\(.*|Has\()report\.` + m[1] + `\b`).MatchString(tests.String()) {
			t.Errorf("no test wants report.%s", m[1])
		}
	}
}
