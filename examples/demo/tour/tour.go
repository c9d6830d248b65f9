// Package tour plays the emitter's operations to the clients of a stage, prints
// for each the line of Go and what every client received, and checks it.
//
// A step is over when a marker, sent after it, has reached everybody: so a step
// also shows who received nothing, without waiting for a time. That works because
// the demo's nodes take all channels from one connection.
package tour

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/examples/demo/client"
	"github.com/sioxide/emitter/examples/demo/stage"
)

// stepTime is how long a step may take; it takes a few milliseconds.
const stepTime = 5 * time.Second

const markerEvent = "tour:marker"

// Tour is a scripted tour on a stage.
type Tour struct {
	stage *stage.Stage
	cast  *cast
	print *Printer

	io     emitter.Emitter // the common cluster
	packed emitter.Emitter // the msgpack cluster
	bare   emitter.Emitter // the msgpack parser with the common cluster's prefix
	driver emitter.Driver  // that of io
	fast   emitter.Driver  // another driver to the same Redis
	strict emitter.Emitter // the common cluster, and somebody must be listening
	once   emitter.Emitter // the common cluster, as if its servers were old
	marker int
}

// chapter is some steps under one heading.
type chapter struct {
	title string
	file  string // where its steps are written
	steps []step
}

// step is one thing to show: do, or ask, whose answer is shown too.
type step struct {
	do     func(ctx context.Context) error
	ask    func(ctx context.Context) (any, error)
	want   got              // who hears what; everybody else hears nothing
	answer string           // as shown
	fails  func(error) bool // nil for success
	note   string           // what is to be noticed, if it is not plain
}

// got says who hears what. A key is the names of ears, separated by spaces.
type got map[string][]client.Event

// say is an event as a client sees it: each number is a float64.
func say(name string, args ...any) client.Event { return client.Event{Name: name, Args: args} }

func is(sentinel error) func(error) bool {
	return func(err error) bool { return errors.Is(err, sentinel) }
}

func isArgument(err error) bool {
	_, ok := errors.AsType[*emitter.ArgumentError](err)
	return ok
}

// New connects the clients. d and fast are two drivers to the stage's Redis.
func New(ctx context.Context, s *stage.Stage, d, fast emitter.Driver, p *Printer) (*Tour, error) {
	t := &Tour{
		stage: s, cast: newCast(s), print: p, driver: d, fast: fast,
		io:     emitter.New(d),
		packed: emitter.NewMsgpack(d, emitter.WithPrefix(stage.MsgpackPrefix)),
		bare:   emitter.NewMsgpack(d),
		strict: emitter.New(d, emitter.RequireServers()),
		once:   emitter.New(d, emitter.OncePerSocket()),
	}
	if err := t.cast.connect(ctx); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close ends the clients.
func (t *Tour) Close() { t.cast.close() }

func (t *Tour) chapters() []chapter {
	return []chapter{t.emits(), t.selections(), t.moves(), t.asks(), t.members(), t.batches(), t.ways(), t.refusals(), t.farewell()}
}

// Run plays all steps. The error says how many went wrong.
func (t *Tour) Run(ctx context.Context) error {
	start := time.Now()
	t.print.cast(t.stage, t.cast)
	steps, wrong := 0, 0
	for _, c := range t.chapters() {
		t.print.heading(c.title)
		code, err := sources(c.file)
		if err != nil {
			return err
		}
		for i, s := range c.steps {
			steps++
			if !t.play(ctx, s, code[i]) {
				wrong++
			}
		}
	}
	t.print.sum(steps, wrong, time.Since(start))
	if wrong > 0 {
		return fmt.Errorf("%d of %d steps went wrong", wrong, steps)
	}
	return nil
}

func (t *Tour) play(ctx context.Context, s step, code []string) bool {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	answer, err := t.run(ctx, s)
	heard, hearErr := t.hear(ctx)
	var fault string
	switch {
	case hearErr != nil:
		fault = hearErr.Error()
	case s.fails == nil && err != nil:
		fault = "it must succeed"
	case s.fails != nil && !s.fails(err):
		fault = "it must fail, and with another error"
	case answer != s.answer:
		fault = "the answer must be " + s.answer
	default:
		fault = t.compare(heard, s.want)
	}
	t.print.step(code, t.cast, result{heard, answer, err}, s.note, fault)
	return fault == ""
}

// run does the step and returns its answer, as shown, if it asks.
func (t *Tour) run(ctx context.Context, s step) (answer string, err error) {
	if s.ask == nil {
		return "", s.do(ctx)
	}
	v, err := s.ask(ctx)
	if err != nil {
		return "", err
	}
	return t.showAnswer(v)
}

// hear sends the marker everywhere and returns what each ear heard before it.
func (t *Tour) hear(ctx context.Context) (map[*ear][]client.Event, error) {
	t.marker++
	for _, io := range []emitter.Emitter{t.io, t.io.Of("/admin"), t.packed} {
		if err := io.Emit(ctx, markerEvent, t.marker); err != nil {
			return nil, err
		}
	}
	heard := map[*ear][]client.Event{}
	var errs []error
	for _, e := range t.cast.all() {
		events, err := e.hear(ctx, t.marker)
		if len(events) > 0 {
			heard[e] = events
		}
		errs = append(errs, err)
	}
	return heard, errors.Join(errs...)
}

// compare returns "" if everybody heard what is wanted.
func (t *Tour) compare(heard map[*ear][]client.Event, want got) string {
	wanted := map[string][]client.Event{}
	for names, events := range want {
		for name := range strings.FieldsSeq(names) {
			wanted[name] = events
		}
	}
	for _, e := range t.cast.all() {
		if !sameEvents(heard[e], wanted[e.name]) {
			return fmt.Sprintf("%s must hear %s", e.name, showAll(wanted[e.name]))
		}
	}
	return ""
}

func sameEvents(a, b []client.Event) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || len(a[i].Args) != len(b[i].Args) {
			return false
		}
		for j := range a[i].Args {
			if !reflect.DeepEqual(a[i].Args[j], b[i].Args[j]) {
				return false
			}
		}
	}
	return true
}
