package answers_test

import (
	"context"
	"testing"

	"github.com/sioxide/emitter/driver/answers"
	"github.com/sioxide/emitter/protocol"
)

// BenchmarkListen is what a question costs whose channel is subscribed.
func BenchmarkListen(b *testing.B) {
	l := answers.New(newBackend(), nil)
	defer l.Close()
	id, sink := protocol.NewID(), func(protocol.Response) {}
	b.ReportAllocs()
	for b.Loop() {
		stop, err := l.Listen(context.Background(), "a", id, sink)
		if err != nil {
			b.Fatal(err)
		}
		stop()
	}
}

// BenchmarkStray is what an answer to an abandoned question costs.
func BenchmarkStray(b *testing.B) {
	backend := newBackend()
	l := answers.New(backend, nil)
	defer l.Close()
	stop, err := l.Listen(context.Background(), "a", protocol.NewID(), func(protocol.Response) {})
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	events, data := backend.on("a")[0].events, response(protocol.NewID())
	b.ReportAllocs()
	for b.Loop() {
		events.Message(data)
	}
}
