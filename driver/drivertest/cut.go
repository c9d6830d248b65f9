package drivertest

import (
	"sync"

	"github.com/sioxide/emitter"
)

// needCut skips the case where connections can't be cut.
func (s *scene) needCut() {
	s.Helper()
	if s.harness.Cut == nil {
		s.Skip("connections can't be cut here")
	}
}

func cut(s *scene) {
	s.needCut()
	l := s.newLedger()
	s.recovers(l)
	for range 3 {
		s.harness.Cut(s)
		n, err := l.send(s.Context())
		if err == nil {
			s.Fatalf("a lost answer is an error: Send of number %d returned none", n)
		}
		if emitter.SafeToRetry(err) {
			s.Errorf("a lost answer is not marked by NotSent: %v", err)
		}
		s.recovers(l)
	}
	l.settle()
}

func cutLoad(s *scene) {
	s.needCut()
	l := s.newLedger()
	s.recovers(l)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 30 {
				_, _ = l.send(s.Context())
			}
		})
	}
	for range 5 {
		s.harness.Cut(s)
		s.recovers(l)
	}
	wg.Wait()
	s.recovers(l)
	l.settle()
}
