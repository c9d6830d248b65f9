package cases

import (
	"fmt"
	"sync"
)

// volumeCases keep no more events under way than the servers' queues hold (Traits.Window): what comes beyond is
// lost in the servers, whoever sends it.
var volumeCases = []Case{
	{Name: "500 events keep their order", Run: func(s *Scene) {
		in := pick(s.At(Root), 0, 1, 4)
		room := s.Put("a", in...)
		s.paced(500, func(i int) {
			s.Do(s.IO.To(room).Emit(s.Ctx(), "count", i))
			s.Expect(in, "count", i)
		})
	}},
	{Name: "64 goroutines at once", Run: func(s *Scene) {
		const goroutines, rounds = 64, 8
		in := pick(s.At(Root), 0, 3)
		io := s.IO.To(s.Put("a", in...))
		for round := range rounds {
			s.together(goroutines, func(g int) error { return io.Emit(s.Ctx(), "count", g, round) })
		}
		s.ExpectCheck(in, func(got []Event) error { return checkRounds(got, goroutines, rounds) })
	}},
	{Name: "one prepared event to 100 rooms", Run: func(s *Scene) {
		all := s.At(Root)
		event, err := s.IO.Prepare("prepared", map[string]any{"bytes": []byte{1, 2}, "text": "x"})
		s.Do(err)
		rooms := make([]string, 100)
		for i := range rooms {
			rooms[i] = s.Put(fmt.Sprint("r", i), all[i%len(all)])
		}
		s.paced(len(rooms), func(i int) {
			s.Do(s.IO.To(rooms[i]).EmitPrepared(s.Ctx(), event))
			s.Expect(pick(all, i%len(all)), "prepared", map[string]any{"bytes": []byte{1, 2}, "text": "x"})
		})
	}},
}

// paced calls do n times, and after each window waits until every socket has seen all of it.
func (s *Scene) paced(n int, do func(i int)) {
	s.Helper()
	for i := range n {
		do(i)
		if (i+1)%s.Traits().Window == 0 {
			s.settle()
		}
	}
}

// together runs do in n goroutines at once, as many at a time as the window allows, and waits for the sockets to
// have seen it all.
func (s *Scene) together(n int, do func(g int) error) {
	s.Helper()
	for from := 0; from < n; from += s.Traits().Window {
		var all sync.WaitGroup
		errs := make(chan error, n)
		for g := from; g < min(from+s.Traits().Window, n); g++ {
			all.Go(func() { errs <- do(g) })
		}
		all.Wait()
		close(errs)
		for err := range errs {
			s.Do(err)
		}
		s.settle()
	}
}

// checkRounds wants each goroutine's events, of all rounds, once and in order.
func checkRounds(got []Event, goroutines, rounds int) error {
	next := make(map[float64]float64)
	for _, e := range got {
		if e.Name != "count" || len(e.Args) != 2 {
			return fmt.Errorf("received %s, want count(goroutine, round)", show(e))
		}
		g, _ := e.Args[0].(float64)
		round, _ := e.Args[1].(float64)
		if next[g] != round {
			return fmt.Errorf("goroutine %v: event of round %v, want that of round %v", g, round, next[g])
		}
		next[g]++
	}
	if want := goroutines * rounds; len(got) != want {
		return fmt.Errorf("%d events, want %d", len(got), want)
	}
	return nil
}
