package emittertest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
	"github.com/sioxide/emitter/protocol"
)

func TestRecorderKeepsClonesInOrder(t *testing.T) {
	r := emittertest.NewRecorder()
	req := &protocol.Request{Type: protocol.AddSockets, Rooms: []string{"a"}, Opts: protocol.Opts{Rooms: []string{"x"}}}
	if n, err := r.Send(t.Context(), req); n != 1 || err != nil {
		t.Errorf("Send: %d, %v", n, err)
	}
	req.Rooms[0], req.Opts.Rooms[0], req.Type = "torn", "torn", protocol.DelSockets
	reqs, servers, errs := []*protocol.Request{req, req}, make([]int, 2), make([]error, 2)
	if err := r.SendAll(t.Context(), reqs, servers, errs); err != nil || servers[0] != 1 || servers[1] != 1 {
		t.Errorf("SendAll: %v, %v, %v", err, servers, errs)
	}
	req.Rooms[0] = "torn again"

	got := r.Requests()
	if len(got) != 3 || got[0].Rooms[0] != "a" || got[0].Opts.Rooms[0] != "x" || got[0].Type != protocol.AddSockets || got[2].Rooms[0] != "torn" {
		t.Errorf("kept %+v", got)
	}
	got[0] = nil
	if r.Requests()[0] == nil {
		t.Error("Requests returned the Recorder's own memory")
	}
	r.Reset()
	if len(r.Requests()) != 0 || len(got) != 3 {
		t.Error("Reset forgot too little or too much")
	}
}

func TestRecorderMindsTheContext(t *testing.T) {
	r := emittertest.NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	servers, errs := make([]int, 1), make([]error, 1)
	err := r.SendAll(ctx, []*protocol.Request{{}}, servers, errs)
	if !errors.Is(err, context.Canceled) || !emitter.SafeToRetry(err) || !errors.Is(errs[0], context.Canceled) || servers[0] != -1 {
		t.Errorf("%v, %v, %v", err, errs, servers)
	}
	if len(r.Requests()) != 0 {
		t.Error("it kept what it refused")
	}
}

// A program under RequireServers can be tested on a Recorder too.
func TestRecorderSatisfiesRequireServers(t *testing.T) {
	r := emittertest.NewRecorder()
	if err := emitter.New(r, emitter.RequireServers()).Join(t.Context(), "a"); err != nil || len(r.Requests()) != 1 || !r.Requests()[0].Count {
		t.Errorf("%v, %+v", err, r.Requests())
	}
}
