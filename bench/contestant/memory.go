package main

import "runtime"

// memory is the most memory in bytes that Go has taken from the system, and what heap
// and stacks have of it.
func memory() (peak, alive int64) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.Sys), int64(stats.HeapAlloc + stats.StackInuse)
}

// readyRest collects twice, as pools keep for one collection what nobody uses.
func readyRest(*contestant, input) (operation, int, error) {
	return repeat(func() error {
		runtime.GC()
		runtime.GC()
		return nil
	}), 0, nil
}
