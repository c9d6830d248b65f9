package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/examples/demo/browser"
)

// The page does on real servers what it does on the demo's own.
func TestPageOnRealServers(t *testing.T) {
	browser.Need(t)
	need(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, w, 0)
		_ = w.CloseWithError(err)
		done <- err
	}()
	lines := bufio.NewScanner(r)
	url := ""
	for url == "" && lines.Scan() {
		_, url, _ = strings.Cut(lines.Text(), "page: ")
	}
	if url == "" {
		t.Fatal(lines.Err())
	}
	browser.Play(t, url)
	stop()
	if err := <-done; err != nil {
		t.Errorf("interrupted, the demo ended with %v", err)
	}
}

// need skips the test where there are no real servers.
func need(t *testing.T) {
	_, err := exec.LookPath("redis-server")
	if err == nil {
		_, err = rustserver.Current.Path()
	}
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}
