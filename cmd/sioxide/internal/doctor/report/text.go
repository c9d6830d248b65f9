package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sioxide/emitter/cmd/sioxide/internal/console"
)

// WriteJSON writes the report as one line of JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	return json.NewEncoder(w).Encode(struct {
		*Report
		Status string `json:"status"`
	}{r, [...]string{"healthy", "findings", "could not look"}[r.ExitCode()]})
}

// Where a section for each code is.
const manual = "docs/troubleshooting.md"

// Escape sequences of terminals.
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	dim    = "\x1b[2m"
)

// Layout is what a text is written for.
type Layout struct {
	Colours bool
	Width   int // columns; lines are 40 to 100 long
}

// WriteText writes the report for a person: what is wrong first, then what was looked
// at.
func (r *Report) WriteText(w io.Writer, layout Layout) error {
	p := &printer{colours: layout.Colours, width: max(40, min(layout.Width, 100))}
	if r.Target != "" {
		p.line(bold, "%s", console.Printable(r.Target))
	}
	for _, f := range r.Findings {
		p.finding(f)
	}
	p.line("", "")
	for _, c := range r.Checks {
		p.check(c)
	}
	p.line("", "")
	p.line(bold, "%s", r.verdict())
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (r *Report) verdict() string {
	n := len(r.Findings)
	switch {
	case r.ExitCode() == Blind:
		return "Could not look further."
	case n == 0:
		return strings.TrimSpace("Nothing is wrong. " + r.unchecked())
	case n == 1:
		return "1 finding."
	}
	return fmt.Sprintf("%d findings.", n)
}

// unchecked names the checks that were not made.
func (r *Report) unchecked() string {
	var names []string
	for _, c := range r.Checks {
		if c.Status == Skipped {
			names = append(names, c.Name)
		}
	}
	if names == nil {
		return ""
	}
	return "Not checked: " + strings.Join(names, ", ") + "."
}

type printer struct {
	b       strings.Builder
	colours bool
	width   int
}

func (p *printer) line(colour, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.colours && colour != "" {
		text = colour + text + plain
	}
	p.b.WriteString(text + "\n")
}

func (p *printer) finding(f Finding) {
	colour := red
	if f.Severity == Warning {
		colour = yellow
	}
	p.line("", "")
	p.line(colour, "%s: %s", f.Severity, f.Code)
	p.paragraph("", "  ", f.Says)
	for _, d := range f.Details {
		p.paragraph("", "  - ", d)
	}
	p.paragraph("", "  What to do: ", f.Do)
	p.paragraph(dim, "  ", fmt.Sprintf("More: %s#%s", manual, f.Code))
}

func (p *printer) check(c Check) {
	colour := map[Status]string{OK: green, Found: red, Skipped: yellow}[c.Status]
	says := string(c.Status)
	if c.Says != "" {
		says += ": " + c.Says
	}
	p.paragraph(colour, fmt.Sprintf("  %-12s ", c.Name), says)
}

// paragraph breaks text at spaces; the lines after the first are indented as far as
// the first one's beginning is long.
func (p *printer) paragraph(colour, begin, text string) {
	indent := strings.Repeat(" ", len(begin))
	line := begin
	for i, word := range strings.Fields(console.Printable(text)) {
		if i > 0 && len([]rune(line))+1+len([]rune(word)) > p.width {
			p.line(colour, "%s", line)
			line = indent
		} else if i > 0 {
			line += " "
		}
		line += word
	}
	p.line(colour, "%s", line)
}
