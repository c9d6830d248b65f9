package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/sioxide/emitter/examples/demo/browser"
)

func TestPageInBrowser(t *testing.T) {
	browser.Need(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, w, options{redis: "127.0.0.1:0", page: true})
		_ = w.Close()
	}()
	lines := bufio.NewScanner(r)
	url := ""
	for url == "" && lines.Scan() {
		_, url, _ = strings.Cut(lines.Text(), "page: ")
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	browser.Play(t, url)
	stop()
	if err := <-done; err != nil {
		t.Errorf("interrupted, the demo ended with %v", err)
	}
}
