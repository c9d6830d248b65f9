package tour

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/examples/demo/stage"
	"github.com/sioxide/emitter/protocol"
)

func newStage(t *testing.T) (*stage.Stage, emitter.Driver) {
	t.Helper()
	s, err := stage.Start(t.Context(), "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: s.Redis, Protocol: 2})
	t.Cleanup(func() {
		_ = client.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, redisdriver.New(client)
}

// A tour that can't go wrong proves nothing: each of these steps must be found out.
func TestWrongStepsAreFound(t *testing.T) {
	ctx := t.Context()
	s, d := newStage(t)
	var out bytes.Buffer
	tour, err := New(ctx, s, d, d, NewPrinter(&out))
	if err != nil {
		t.Fatal(err)
	}
	defer tour.Close()

	hello := func(ctx context.Context) error { return tour.io.To("news").Emit(ctx, "hello", 1) }
	fine := func(context.Context) error { return nil }
	fails := func(context.Context) error { return errors.New("oh") }
	rooms := func(ctx context.Context) (any, error) { return tour.io.To("sport").Rooms(ctx) }
	nowhere := func(ctx context.Context) (any, error) { return tour.io.Of("/empty").Rooms(ctx) }
	for name, tc := range map[string]struct {
		step  step
		fault string // "" if all is right
	}{
		"right":               {step{do: hello, want: got{"ann bob": {say("hello", 1.0)}}}, ""},
		"a hearer too many":   {step{do: hello, want: got{"ann": {say("hello", 1.0)}}}, "bob must hear nothing"},
		"a hearer too few":    {step{do: hello, want: got{"ann bob cid": {say("hello", 1.0)}}}, "cid must hear hello 1"},
		"another argument":    {step{do: hello, want: got{"ann bob": {say("hello", 2.0)}}}, "ann must hear hello 2"},
		"another type":        {step{do: hello, want: got{"ann bob": {say("hello", "1")}}}, `ann must hear hello "1"`},
		"an argument missing": {step{do: hello, want: got{"ann bob": {say("hello")}}}, "ann must hear hello"},
		"another event":       {step{do: hello, want: got{"ann bob": {say("bye", 1.0)}}}, "ann must hear bye 1"},
		"once, not twice":     {step{do: hello, want: got{"ann bob": {say("hello", 1.0), say("hello", 1.0)}}}, "ann must hear hello 1 · hello 1"},
		"an error":            {step{do: fails}, "it must succeed"},
		"no error":            {step{do: fine, fails: is(emitter.ErrEvent)}, "it must fail"},
		"another error":       {step{do: fails, fails: is(emitter.ErrEvent)}, "another error"},
		"right answer":        {step{ask: rooms, answer: "news · sport"}, ""},
		"another answer":      {step{ask: rooms, answer: "sport"}, "the answer must be sport"},
		"no answer":           {step{ask: nowhere, answer: "news"}, "it must succeed"},
		"right refusal":       {step{ask: nowhere, fails: is(emitter.ErrNoServers)}, ""},
	} {
		out.Reset()
		ok := tour.play(ctx, tc.step, []string{"code"})
		if ok != (tc.fault == "") || !strings.Contains(out.String(), tc.fault) {
			t.Errorf("%s: ok %t, want the fault %q; printed\n%s", name, ok, tc.fault, &out)
		}
	}
}

// What is printed for a step must be that step's own source.
func TestSourcesMatchSteps(t *testing.T) {
	tour := &Tour{stage: &stage.Stage{}}
	tour.cast = newCast(tour.stage)
	for _, c := range tour.chapters() {
		code, err := sources(c.file)
		if err != nil {
			t.Fatal(err)
		}
		if len(code) != len(c.steps) {
			t.Errorf("%s: %d sources for %d steps", c.file, len(code), len(c.steps))
		}
	}
	code, err := sources("steps_ways.go")
	want := []string{
		`p, err := io.Prepare("headline", "sun")`,
		`for _, room := range []string{"news", "sport"} {`,
		`    io.To(room).EmitPrepared(ctx, p)`,
		`}`,
	}
	if err != nil || !slices.Equal(code[0], want) {
		t.Errorf("got %q, %v; want %q", code[0], err, want)
	}
}

func TestShow(t *testing.T) {
	e := say("e", nil, true, 1.5, 3.0, "a\nü", []byte{0xca, 0xfe}, make([]byte, 9),
		[]any{1.0, "x"}, map[string]any{"b": 1.0, "a-b": []byte{}}, strings.Repeat("é", 61))
	want := `e null true 1.5 3 "a\nü" <ca fe> <00 00 00 00 00 00 00 00 … 9 bytes> [1, "x"] {"a-b": <>, b: 1} "` +
		strings.Repeat("é", 60) + `…"`
	if got := showEvent(e); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := showAll(prices(4)); got != "price 0 · price 1 · price 2 · price 3" {
		t.Error(got)
	}
	if got := showAll(prices(5)); got != "price 0 · price 1 … price 4 (5 events)" {
		t.Error(got)
	}
}

// What is not of the tour, like a client that somebody else connected, is shown by
// its id.
func TestShowAnswerOfStrangers(t *testing.T) {
	s, _ := newStage(t)
	tour := &Tour{stage: s, cast: newCast(s)}
	tour.cast.cid.ID, tour.cast.cidAdmin.ID, tour.cast.ann.ID = "c", "c", "a"
	for want, v := range map[string]any{
		"ann on A · cid on B · x on y": []emitter.Socket{
			{ID: "x", Server: "y", Namespace: "/"}, {ID: "c", Server: s.Common[1].ID(), Namespace: "/"}, {ID: "a", Server: s.Common[0].ID(), Namespace: "/"},
		},
		"cid/admin on A": []emitter.Socket{{ID: "c", Server: s.Common[0].ID(), Namespace: "/admin"}},
		"A · D · z":      []emitter.Server{{ID: "z"}, {ID: s.Msgpack[1].ID()}, {ID: s.Common[0].ID()}},
		"none":           []emitter.Socket(nil),
		"a · b":          []string{"a", "b"},
		"7":              7,
	} {
		if got, err := tour.showAnswer(v); got != want || err != nil {
			t.Errorf("%T: %q, %v; want %q", v, got, err, want)
		}
	}
}

func TestColour(t *testing.T) {
	for color, want := range map[bool]string{false: "x", true: "\x1b[1mx\x1b[0m"} {
		if got := (&Printer{color: color}).Bold("x"); got != want {
			t.Errorf("colour %t: %q, want %q", color, got, want)
		}
	}
}

func TestColourOnTerminalsOnly(t *testing.T) {
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, like a terminal
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, tc := range []struct {
		out           io.Writer
		term, noColor string
		want          bool
	}{
		{device, "xterm", "", true},
		{device, "xterm", "1", false},
		{device, "dumb", "", false},
		{file, "xterm", "", false},
		{&bytes.Buffer{}, "xterm", "", false},
	} {
		t.Setenv("TERM", tc.term)
		t.Setenv("NO_COLOR", tc.noColor)
		if p := NewPrinter(tc.out); p.color != tc.want {
			t.Errorf("%T with TERM=%s NO_COLOR=%s: colour %t", tc.out, tc.term, tc.noColor, p.color)
		}
	}
}

// deaf is a driver that loses one type of request.
type deaf struct {
	emitter.Driver
	loses protocol.Type
}

func (d deaf) Unwrap() emitter.Driver { return d.Driver }

func (d deaf) Send(ctx context.Context, req *protocol.Request) (int, error) {
	if req.Type == d.loses {
		return -1, nil
	}
	return d.Driver.Send(ctx, req)
}

func TestRunCountsWrongSteps(t *testing.T) {
	s, d := newStage(t)
	var out bytes.Buffer
	tour, err := New(t.Context(), s, deaf{d, protocol.DisconnectSockets}, d, NewPrinter(&out))
	if err != nil {
		t.Fatal(err)
	}
	defer tour.Close()
	err = tour.Run(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "5 of ") || !strings.Contains(out.String(), "steps, 5 wrong") {
		t.Errorf("error %v where five disconnections are lost; printed\n%s", err, &out)
	}
}
