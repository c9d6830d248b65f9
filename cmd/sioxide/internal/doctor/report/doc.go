// Package report is what the doctor found: checks, each passed, failed or not made,
// and findings, each with a stable code, a sentence, and what to do.
package report
