package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
)

func TestOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var out bytes.Buffer
	if err := run(ctx, &out, options{redis: "127.0.0.1:0", once: true}); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	text := out.String()
	if strings.Contains(text, "\x1b") {
		t.Error("colour was written to something that is no terminal")
	}
	if strings.Contains(text, "✗") || !strings.Contains(text, "all as expected") {
		t.Errorf("the tour went wrong:\n%s", text)
	}
	for _, line := range []string{
		`✓ io.To("news").Emit(ctx, "headline", "rain")` + "\n     ann bob          headline \"rain\"\n",
		"     cid/admin        disconnect\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the output misses %q", line)
		}
	}
	for line := range strings.Lines(text) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("a line of %d characters: %q", n, line)
		}
	}
}

// After the tour the demo stays up, and shows what anybody sends through its Redis.
func TestStaysUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, w := io.Pipe()
	done := make(chan error, 1)
	playing, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		done <- run(playing, w, options{redis: "127.0.0.1:0"})
		_ = w.Close()
	}()
	lines := bufio.NewScanner(r)
	await := func(pattern string) []string {
		t.Helper()
		want := regexp.MustCompile(pattern)
		for lines.Scan() {
			if found := want.FindStringSubmatch(lines.Text()); found != nil {
				return found
			}
		}
		t.Fatalf("the output ended without %q", pattern)
		return nil
	}
	addr := await(`^Redis +redis://(\S+)`)[1]
	url := await(`^The page: (http://127\.0\.0\.1:\d+)$`)[1]
	await(`^  hal +socket `) // the last one of the list: everybody is in again

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("the page: %s", resp.Status)
	}

	client := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = client.Close() }()
	news := emitter.New(redisdriver.New(client)).To("news").Except("sport")
	if err := news.Emit(ctx, "hello", "you"); err != nil {
		t.Fatal(err)
	}
	await(`^  ann +hello "you"$`)
	for i := range 20 {
		if err := news.Emit(ctx, "tick", i); err != nil {
			t.Fatal(err)
		}
	}
	await(`^  ann .*tick 19( \(\d+ events\))?$`) // on one line or on several
	if err := news.Disconnect(ctx); err != nil {
		t.Fatal(err)
	}
	await(`^  ann +disconnected; back as socket \S{16}$`)

	stop()
	go func() { _, _ = io.Copy(io.Discard, r) }()
	if err := <-done; err != nil {
		t.Errorf("interrupted, the demo ended with %v", err)
	}
}

func TestFlagsThatContradict(t *testing.T) {
	if err := run(t.Context(), io.Discard, options{once: true, page: true}); err == nil {
		t.Error("-once and -page together are taken")
	}
}
