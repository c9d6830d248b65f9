package conformance

import "github.com/sioxide/emitter/conformance/internal/cases"

// ownCalls wants the servers' own calls to be as fast while a driver asks and listens, and after its end, as before.
func ownCalls(s *cases.Scene, end func() error) {
	s.AnswerServers()
	before := s.SlowestServerCall()
	for range 3 {
		_, err := s.IO.Sockets(s.Ctx())
		s.Do(err)
		s.Do(s.IO.Sync(s.Ctx()))
	}
	during := s.SlowestServerCall()
	s.Do(end())
	after := s.SlowestServerCall()
	s.Logf("the slowest of the servers' own calls: %v before, %v while we listen, %v after", before, during, after)
	if max(during, after) > cases.ServerStall {
		s.Errorf("a server's own call took %v, want less than %v", max(during, after), cases.ServerStall)
	}
}
