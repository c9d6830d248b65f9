package tour

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sioxide/emitter/examples/demo/client"
	"github.com/sioxide/emitter/examples/demo/node"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/examples/demo/stage"
)

// Printer writes for a person at a terminal. It may be used from several
// goroutines.
type Printer struct {
	mu    sync.Mutex
	out   io.Writer
	color bool
}

// NewPrinter uses colour if out is a terminal and the environment does not say
// otherwise (NO_COLOR, TERM=dumb).
func NewPrinter(out io.Writer) *Printer {
	p := &Printer{out: out}
	if f, ok := out.(*os.File); ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		info, err := f.Stat()
		p.color = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// Printf writes text as it is.
func (p *Printer) Printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintf(p.out, format, args...)
}

// Write makes a Printer a place for log lines.
func (p *Printer) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(text)
}

// The styles, as SGR codes.
const (
	bold  = "1"
	dim   = "2"
	red   = "31"
	green = "32"
	gold  = "33"
	cyan  = "36"
)

func (p *Printer) paint(style, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// Bold and Code mark text where there is colour.
func (p *Printer) Bold(text string) string { return p.paint(bold, text) }
func (p *Printer) Code(text string) string { return p.paint(cyan, text) }

// who is wide enough for the longest list of names.
func (p *Printer) who(names string) string { return fmt.Sprintf("%-15s", names) }

func (p *Printer) heading(title string) { p.Printf("\n%s\n", p.Bold(title)) }

// cast lists the nodes and the clients.
func (p *Printer) cast(s *stage.Stage, c *cast) {
	row := func(label, text string) { p.Printf("%s  %s\n", p.Bold(fmt.Sprintf("%-7s", label)), text) }
	nodes := func(names string, nodes [2]*node.Node, parser socketio.Parser) string {
		return fmt.Sprintf("%c %s  %c %s  %s", names[0], nodes[0].URL(), names[1], nodes[1].URL(), p.paint(dim, parser.String()))
	}
	row("Redis", "redis://"+s.Redis)
	row("Nodes", nodes("AB", s.Common, socketio.Common))
	row("", nodes("CD", s.Msgpack, socketio.Msgpack))
	for i, e := range c.all() {
		label := ""
		if i == 0 {
			label = "Clients"
		}
		text := fmt.Sprintf("%-9s  on %s in %-6s  %s", e.name, e.server, e.namespace, strings.Join(e.rooms, " "))
		row(label, strings.TrimRight(text, " "))
	}
}

// result is what came of a step.
type result struct {
	heard  map[*ear][]client.Event
	answer string // as shown, "" if it asked nothing
	err    error
}

// step prints the lines of Go, then what came of them. fault is empty if all is
// right.
func (p *Printer) step(code []string, c *cast, r result, note, fault string) {
	mark := p.paint(green, "✓")
	if fault != "" {
		mark = p.paint(red, "✗")
	}
	var b strings.Builder
	for i, line := range code {
		if i > 0 {
			mark = " "
		}
		fmt.Fprintf(&b, " %s %s\n", mark, p.Code(line))
	}
	p.receipts(&b, c, r)
	if note != "" {
		fmt.Fprintf(&b, "     %s\n", p.paint(dim, note))
	}
	if fault != "" {
		fmt.Fprintf(&b, "     %s  %s\n", p.paint(red, "WRONG"), wrap(fault, 12))
	}
	p.Printf("%s", b.String())
}

func (p *Printer) receipts(b *strings.Builder, c *cast, r result) {
	if r.err != nil {
		fmt.Fprintf(b, "     %s  %s\n", p.paint(gold, "error"), wrap(r.err.Error(), 12))
	}
	// Those who heard the same share a line.
	names, lines := map[string][]string{}, []string{}
	for _, e := range c.all() {
		if len(r.heard[e]) == 0 {
			continue
		}
		text := showAll(r.heard[e])
		if names[text] == nil {
			lines = append(lines, text)
		}
		names[text] = append(names[text], e.name)
	}
	for _, text := range lines {
		fmt.Fprintf(b, "     %s  %s\n", p.who(strings.Join(names[text], " ")), text)
	}
	if len(lines) == 0 && r.answer == "" && r.err == nil {
		fmt.Fprintf(b, "     %s\n", p.paint(dim, "nobody"))
	}
	if r.answer != "" {
		fmt.Fprintf(b, "     %s  %s\n", p.paint(green, p.who("answer")), wrap(r.answer, 22))
	}
}

// wrap breaks text into lines that end before column 80; the first begins in that
// column, and all others do.
func wrap(text string, column int) string {
	width, indent := 80-column, "\n"+strings.Repeat(" ", column)
	var b strings.Builder
	used := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case used == 0:
		case used+1+n > width:
			b.WriteString(indent)
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}

func (p *Printer) sum(steps, wrong int, took time.Duration) {
	text := p.paint(green, fmt.Sprintf("%d steps, all as expected", steps))
	if wrong > 0 {
		text = p.paint(red, fmt.Sprintf("%d steps, %d wrong", steps, wrong))
	}
	p.Printf("\n%s in %s\n", text, took.Round(time.Millisecond))
}
