package soak

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sioxide/emitter/conformance/internal/process"
)

// fleet is the relays of a run.
type fleet struct {
	t       testing.TB
	program string
	args    []string

	mu    sync.Mutex
	procs [relays]*process.Process // nil: killed
	logs  strings.Builder          // of relays that have gone
}

func startFleet(t testing.TB, program, from, to string) *fleet {
	t.Helper()
	f := &fleet{t: t, program: program, args: []string{"relay", "--from", from, "--to", to, "--metrics-addr", "127.0.0.1:0"}}
	t.Cleanup(func() {
		for i := range f.procs {
			f.kill(i)
		}
	})
	for i := range f.procs {
		f.start(i)
	}
	return f
}

func (f *fleet) start(i int) {
	f.t.Helper()
	p, err := process.Start("relay", f.program, f.args...)
	if err != nil {
		f.t.Fatal(err)
	}
	p.Discard()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.procs[i] = p
}

func (f *fleet) get(i int) *process.Process {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.procs[i]
}

// kill ends a relay as kill -9 does. One that had ended before, by itself, is a problem.
func (f *fleet) kill(i int) {
	f.mu.Lock()
	p := f.procs[i]
	f.procs[i] = nil
	f.mu.Unlock()
	if p == nil {
		return
	}
	select {
	case <-p.Done():
		f.t.Errorf("a relay ended by itself: %s", tail(p.Log()))
	default:
	}
	p.Kill()
	fmt.Fprintf(&f.logs, "relay %d, killed:\n%s\n", i, tail(p.Log()))
}

// pause has a relay stand still.
func (f *fleet) pause(i int, d time.Duration) {
	f.t.Helper()
	p := f.get(i)
	if err := p.Pause(); err != nil {
		f.t.Fatal(err)
	}
	time.Sleep(d)
	if err := p.Resume(); err != nil {
		f.t.Fatal(err)
	}
}

// endWithin is how long a relay may take to end on SIGTERM.
const endWithin = 10 * time.Second

// stop ends all relays as a service manager does.
func (f *fleet) stop(r *Result) {
	for i := range f.procs {
		if p := f.get(i); p != nil {
			if err := p.Terminate(); err != nil {
				r.problem("relay %d: %v", i, err)
			}
		}
	}
	deadline := time.After(endWithin)
	for i := range f.procs {
		p := f.get(i)
		if p == nil {
			continue
		}
		select {
		case <-p.Done():
			if !strings.Contains(p.Log(), "relay stops") {
				r.problem("relay %d did not say that it stopped: %s", i, tail(p.Log()))
			}
			fmt.Fprintf(&f.logs, "relay %d, ended:\n%s\n", i, tail(p.Log()))
			f.mu.Lock()
			f.procs[i] = nil
			f.mu.Unlock()
		case <-deadline:
			r.problem("relay %d had not ended %v after SIGTERM: %s", i, endWithin, tail(p.Log()))
			return
		}
	}
}

// lag is what a relay says that waits.
func (f *fleet) lag(i int) (string, error) {
	_, rest, found := strings.Cut(f.get(i).Log(), "address=")
	if !found {
		return "", fmt.Errorf("relay %d has not said where its metrics are", i)
	}
	address, _, _ := strings.Cut(rest, "\n")
	res, err := http.Get("http://" + address + "/metrics") //nolint:noctx // on this machine
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	_, rest, found = strings.Cut(string(text), "\nsioxide_relay_lag_messages ")
	if !found {
		return "", fmt.Errorf("relay %d does not know its lag", i)
	}
	lag, _, _ := strings.Cut(rest, "\n")
	return lag, nil
}

// rss is the memory of the largest relay, in bytes; 0 where the system does not tell.
func (f *fleet) rss() int64 {
	largest := int64(0)
	for i := range f.procs {
		p := f.get(i)
		if p == nil {
			continue
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid()))
		if err != nil {
			continue
		}
		var size, resident int64
		if _, err := fmt.Sscan(string(text), &size, &resident); err == nil {
			largest = max(largest, resident*int64(os.Getpagesize()))
		}
	}
	return largest
}

// report is what relays said last.
func (f *fleet) report() string {
	text := f.logs.String()
	for i := range f.procs {
		if p := f.get(i); p != nil {
			text += fmt.Sprintf("relay %d:\n%s\n", i, tail(p.Log()))
		}
	}
	return text
}

func tail(log string) string {
	const most = 3000
	if len(log) > most {
		return "…" + log[len(log)-most:]
	}
	return log
}
