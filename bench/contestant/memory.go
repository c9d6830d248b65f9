package main

import "runtime"

// peakMemory is the most memory in bytes that Go has taken from the system.
func peakMemory() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.Sys)
}
