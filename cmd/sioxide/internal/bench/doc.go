// Package bench measures what a running cluster takes, with events that harm nobody:
// to a room that nobody has, or that only its own clients are in, at a bounded rate,
// with never more under way than servers hold.
package bench
