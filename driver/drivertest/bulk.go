package drivertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/protocol"
)

func sendAll(s *scene) {
	d := s.bulk()
	server := "BBBBBBBBBBBBBBBB"
	all, one := s.watch(""), s.watch(server)
	if err := d.SendAll(s.Context(), nil, nil, nil); err != nil {
		s.Errorf("SendAll of nothing does nothing: %v", err)
	}
	for _, ctx := range []context.Context{context.Background(), s.Context()} {
		var reqs, toAll, toOne []*protocol.Request
		for i := range 300 {
			req := s.request(fmt.Sprint(i))
			if i%3 == 0 {
				req.Server = server
				toOne = append(toOne, req)
			} else {
				toAll = append(toAll, req)
			}
			reqs = append(reqs, req)
		}
		servers, errs := make([]int, len(reqs)), make([]error, len(reqs))
		errs[7] = errors.New("left from an earlier call")
		if err := d.SendAll(ctx, reqs, servers, errs); err != nil {
			s.Fatalf("SendAll sends what nothing keeps from being sent: %v", err)
		}
		for i, err := range errs {
			if err != nil {
				s.Fatalf("SendAll sets each element of errs, to nil where all is well: errs[%d] = %v", i, err)
			}
		}
		const rule = "SendAll keeps the order of a channel"
		for _, req := range toAll {
			s.mustArrive(all, req, rule)
		}
		for _, req := range toOne {
			s.mustArrive(one, req, rule)
		}
	}
}

func sendAllLarge(s *scene) {
	d := s.bulk()
	got := s.watch("")
	var reqs []*protocol.Request
	size := 900_000
	if s.harness.MaxMessage > 0 {
		size /= 4 // it takes less at once, too
	}
	for i := range 12 {
		req := s.request("")
		req.Packet.Data.Data = bytes.Repeat([]byte{'a' + byte(i)}, size)
		reqs = append(reqs, req)
	}
	servers, errs := make([]int, len(reqs)), make([]error, len(reqs))
	if err := d.SendAll(s.Context(), reqs, servers, errs); err != nil {
		s.Fatalf("SendAll sends what nothing keeps from being sent: %v", err)
	}
	for _, req := range reqs {
		s.mustArrive(got, req, "SendAll keeps the order also when it needs several round trips")
	}
}

func sendAllErrors(s *scene) {
	d := s.bulk()
	got := s.watch("")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	reqs := []*protocol.Request{s.request("1"), s.request("2")}
	servers, errs := make([]int, 2), make([]error, 2)
	err := d.SendAll(ctx, reqs, servers, errs)
	if err == nil || !errors.Is(err, errs[0]) && err.Error() != errs[0].Error() {
		s.Errorf("SendAll returns the first of errs: %v, not %v", err, errs[0])
	}
	for i, err := range errs {
		if !errors.Is(err, context.Canceled) || !emitter.SafeToRetry(err) {
			s.Errorf("a context that has ended fails each request, marked by NotSent: errs[%d] = %v", i, err)
		}
	}
	counted := s.request("counted")
	counted.Count = true
	plain := s.request("plain")
	reqs = []*protocol.Request{counted, plain}
	_ = d.SendAll(s.Context(), reqs, servers, errs)
	if s.harness.Whole && errs[0] != nil {
		if errs[1] == nil || !emitter.SafeToRetry(errs[1]) || errors.Is(errs[1], emitter.ErrUnsupported) {
			s.Errorf("what is not sent because another request is refused is marked by NotSent, and not refused: errs[1] = %v", errs[1])
		}
		s.mustRefuse(errs[0])
		s.nothingElse(got, "", "when one request is refused, nothing is sent")
		return
	}
	if errs[1] != nil {
		s.Errorf("a request that a driver refuses does not keep others from being sent: errs[1] = %v", errs[1])
	}
	if errs[0] == nil {
		if servers[0] != 1 {
			s.Errorf("SendAll counts as Send does: servers[0] = %d, not 1", servers[0])
		}
		s.mustArrive(got, counted, "a request that is counted arrives like any other")
	} else {
		s.mustRefuse(errs[0])
	}
	s.mustArrive(got, plain, "with an ended context nothing is sent, and what follows is")
}

func (s *scene) mustRefuse(err error) {
	s.Helper()
	if !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) {
		s.Errorf("a driver that can't count gives ErrUnsupported, marked by NotSent: %v", err)
	}
}

func sendAllStalled(s *scene) {
	d := s.bulk()
	s.needStall()
	l := s.newLedger()
	s.recovers(l)
	resume := s.harness.Stall(s)
	const n = 50
	var (
		reqs    []*protocol.Request
		numbers []int64
		servers [n]int
		errs    [n]error
	)
	for range n {
		numbers = append(numbers, serial.Add(1))
		reqs = append(reqs, s.numbered(numbers[len(numbers)-1]))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := d.SendAll(ctx, reqs, servers[:], errs[:])
	deadline, _ := ctx.Deadline()
	s.mustEnd(ctx, deadline, err)
	for i, req := range reqs {
		if !errors.Is(errs[i], ctx.Err()) {
			s.Errorf("a context that ends fails each request that has no answer: errs[%d] = %v", i, errs[i])
		}
		fill(req.Packet.Data.Data)
		l.record(numbers[i], errs[i])
		reqs[i] = nil
	}
	clear(errs[:])
	resume()
	s.recovers(l)
	l.settle()
	for i := range errs {
		if errs[i] != nil || reqs[i] != nil {
			s.Errorf("SendAll touches nothing of its caller's after it returned: errs[%d] = %v", i, errs[i])
		}
	}
}
