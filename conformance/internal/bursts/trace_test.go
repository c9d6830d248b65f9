package bursts

import (
	"testing"
	"time"
)

func TestTraceOf(t *testing.T) {
	// Two windows of three events each, of which the last is acknowledged, and 700 µs between them.
	got := traceOf([]int64{1000, 1100, -1300, 2000, 2050, -2100})
	want := Trace{
		Windows: 2, Events: 3, Inside: 300 * time.Microsecond, Stall: 200 * time.Microsecond,
		Between: 700 * time.Microsecond, Idle: 700.0 / 1100,
	}
	if got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	if got := traceOf(nil); got != (Trace{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestLatencySum(t *testing.T) {
	var l Latency
	l.sum([][2]int64{{500, 1}, {10, 50}, {20, 48}, {30, 1}})
	if l.Received != 100 || l.P50 != 10*time.Microsecond || l.P99 != 30*time.Microsecond {
		t.Errorf("%+v", l)
	}
}
