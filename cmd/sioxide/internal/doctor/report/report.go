package report

import (
	"fmt"
	"slices"
)

// Severity says what a finding means for messages.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // messages do not arrive, or not all
	Warning Severity = "warning" // they arrive today
)

// Finding is one thing that is wrong.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Check    string   `json:"check"`             // in which check it was found
	Says     string   `json:"says"`              // what is wrong, in sentences
	Do       string   `json:"do"`                // what to do about it
	Details  []string `json:"details,omitempty"` // what was seen
}

// Status of a check.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Found   Status = "finding"
	Skipped Status = "not checked"
)

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"check"`
	Status Status `json:"status"`
	Says   string `json:"says,omitempty"` // what was seen, or why it was not checked
}

// Report is what the doctor found.
type Report struct {
	Version  int       `json:"v"`
	Target   string    `json:"target"` // without secrets
	Checks   []Check   `json:"checks"`
	Findings []Finding `json:"findings"`
}

// New makes an empty report of a target.
func New(target string) *Report {
	return &Report{Version: 1, Target: target, Checks: []Check{}, Findings: []Finding{}}
}

// Pass notes a check that found nothing, and what it saw.
func (r *Report) Pass(check, format string, args ...any) {
	r.note(check, OK, fmt.Sprintf(format, args...))
}

// Skip notes a check that could not be made, and why.
func (r *Report) Skip(check, format string, args ...any) {
	r.note(check, Skipped, fmt.Sprintf(format, args...))
}

// note keeps the checks in their order; a finding outweighs what else a check says.
func (r *Report) note(name string, status Status, says string) {
	if i := slices.IndexFunc(r.Checks, func(c Check) bool { return c.Name == name }); i >= 0 {
		c := &r.Checks[i]
		switch {
		case c.Status == Found:
		case c.Status == status:
			c.Says += "; " + says
		case status != OK:
			c.Status, c.Says = status, says
		}
		return
	}
	r.Checks = append(r.Checks, Check{Name: name, Status: status, Says: says})
}

// Find notes a finding.
func (r *Report) Find(check string, f Finding) {
	f.Check = check
	if f.Severity == "" {
		f.Severity = Error
	}
	r.Findings = append(r.Findings, f)
	r.note(check, Found, "")
}

// Has tells whether a finding has this code.
func (r *Report) Has(code Code) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == code })
}

// Status of the whole, as the exit status of the command.
const (
	Healthy      = 0
	WithFindings = 1
	Blind        = 2 // the doctor could not look
)

// ExitCode is Healthy, WithFindings or Blind.
func (r *Report) ExitCode() int {
	code := Healthy
	for _, f := range r.Findings {
		if f.Code.Blinds() {
			return Blind
		}
		code = WithFindings
	}
	return code
}
