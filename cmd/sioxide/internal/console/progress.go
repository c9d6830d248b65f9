package console

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is a bar on a terminal, and nothing elsewhere. A nil Progress is fine.
type Progress struct{ bar *progressbar.ProgressBar }

// Progress starts a bar on the standard error for so many of unit; total -1 is
// unknown. It is nil where there is no terminal, and with --json.
func (c *Console) Progress(total int64, what, unit string) *Progress {
	if c.JSON || !isTerminal(c.Err) || isDumb() {
		return nil
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(c.Err),
		progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(20),
		progressbar.OptionUseANSICodes(true),
	}
	if unit == "B" {
		options = append(options, progressbar.OptionShowBytes(true))
	} else {
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit))
	}
	return &Progress{progressbar.NewOptions64(total, options...)}
}

// Set moves the bar.
func (p *Progress) Set(n int64) {
	if p != nil {
		_ = p.bar.Set64(n) // a bar that can't be drawn stops nothing
	}
}

// Clear takes the bar away while something else is written.
func (p *Progress) Clear() {
	if p != nil {
		_ = p.bar.Clear()
	}
}

// Done takes the bar away for good.
func (p *Progress) Done() {
	if p != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
	}
}
