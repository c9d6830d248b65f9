// Package proclog keeps what a server of a test says.
package proclog

import (
	"bytes"
	"sync"
)

// Log keeps what a process says, and tells once when it has said what is wanted.
type Log struct {
	mu   sync.Mutex
	b    bytes.Buffer
	want []byte
	seen chan struct{} // closed when want has come; nil from then on
}

// New makes a Log; seen is closed when want has come.
func New(want string) (l *Log, seen <-chan struct{}) {
	l = &Log{want: []byte(want), seen: make(chan struct{})}
	return l, l.seen
}

// Write takes more of what the process says.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := max(0, l.b.Len()-len(l.want))
	n, err := l.b.Write(p)
	if l.seen != nil && bytes.Contains(l.b.Bytes()[from:], l.want) {
		close(l.seen)
		l.seen = nil
	}
	return n, err
}

// String returns all that it has said.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
