package mongotest

import (
	"bytes"
	"sync"
)

// log keeps what a process says, and tells once when it has said what is wanted.
type log struct {
	mu   sync.Mutex
	b    bytes.Buffer
	want []byte
	seen chan struct{} // closed when want has come; nil from then on
}

func (l *log) Write(p []byte) (int, error) {
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

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
