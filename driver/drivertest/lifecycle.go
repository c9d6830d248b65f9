package drivertest

import (
	"errors"

	"github.com/sioxide/emitter"
)

func chain(s *scene) {
	d := s.driver
	for range 100 {
		w, ok := d.(interface{ Unwrap() emitter.Driver })
		if !ok {
			return
		}
		if d = w.Unwrap(); d == nil {
			s.Fatal("Unwrap returns the driver inside, never nil")
		}
	}
	s.Fatal("the chain of Unwrap comes to an end")
}

func closed(s *scene) {
	c, ok := s.driver.(interface{ Close() error })
	if !ok {
		s.Skip("the driver has no parts of its own to close")
	}
	got := s.watch("")
	for range 2 {
		if err := c.Close(); err != nil {
			s.Errorf("Close may be called again: %v", err)
		}
	}
	_, err := s.driver.Send(s.Context(), s.request("too late"))
	if !errors.Is(err, emitter.ErrClosed) || !emitter.SafeToRetry(err) {
		s.Errorf("a closed driver gives ErrClosed, marked by NotSent: %v", err)
	}
	s.driver = s.harness.New(s)
	s.nothingElse(got, "", "a closed driver sends nothing")
}
