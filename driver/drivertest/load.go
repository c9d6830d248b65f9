package drivertest

import (
	"context"
	"errors"
	"sync"

	"github.com/sioxide/emitter"
)

func concurrent(s *scene) {
	l := s.newLedger()
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 20 {
				use := ctx
				if i%2 == 0 {
					use = context.Background()
				}
				if _, err := l.send(use); err != nil {
					s.Errorf("a request that nothing keeps from being sent is sent: %v", err)
				}
			}
		})
	}
	wg.Wait()
	l.settle()
}

func count(s *scene) {
	req := s.request("counted")
	req.Count = true
	servers, err := s.driver.Send(s.Context(), req)
	if errors.Is(err, emitter.ErrUnsupported) {
		s.countUnsupported(err)
		return
	}
	if err != nil || servers != 0 {
		s.Fatalf("without a server, a request with Count gives 0 and no error: %d, %v", servers, err)
	}
	first := s.watch("")
	for want := 1; want <= 2; want++ {
		req := s.request("counted")
		req.Count = true
		servers, err := s.driver.Send(s.Context(), req)
		if err != nil || servers != want {
			s.Fatalf("with %d servers, a request with Count gives that number: %d, %v", want, servers, err)
		}
		s.mustArrive(first, req, "a request that is counted arrives like any other")
		s.watch("")
	}
	server := "AAAAAAAAAAAAAAAA"
	own := s.watch(server)
	req = s.request("counted")
	req.Count, req.Server = true, server
	servers, err = s.driver.Send(s.Context(), req)
	if err != nil || servers != 1 {
		s.Fatalf("on one server's channel Count gives 1: %d, %v", servers, err)
	}
	s.mustArrive(own, req, "a request that is counted arrives like any other")
}

func (s *scene) countUnsupported(err error) {
	if !emitter.SafeToRetry(err) {
		s.Errorf("a driver that can't count says so before it sends anything, and marks it by NotSent: %v", err)
	}
	got := s.watch("")
	req := s.request("counted")
	req.Count = true
	if _, err := s.driver.Send(s.Context(), req); !errors.Is(err, emitter.ErrUnsupported) {
		s.Errorf("a driver that can't count returns ErrUnsupported each time: %v", err)
	}
	s.nothingElse(got, "", "a driver that can't count sends nothing of what it refuses")
}
