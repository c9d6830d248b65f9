package parser

import "strconv"

// ArgumentError says which argument of an event can't be encoded, where in it,
// and why. It is the same with either parser.
type ArgumentError struct {
	Index int    // of the argument, from 0
	Path  string // where in it, as in ".a[3].b"; "" for the argument itself
	Err   error
}

func (e *ArgumentError) Error() string {
	s := "argument " + strconv.Itoa(e.Index)
	if e.Path != "" {
		s += " (" + e.Path + ")"
	}
	return s + ": " + e.Err.Error()
}

func (e *ArgumentError) Unwrap() error { return e.Err }
