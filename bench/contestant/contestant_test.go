package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sioxide/emitter/bench/contest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// answer runs one case as the coordinator would.
func answer(t *testing.T, c contest.Case) contest.Sample {
	t.Helper()
	line, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := serve(strings.NewReader(string(line)+"\n"), &out); err != nil {
		t.Fatal(err)
	}
	var s contest.Sample
	if err := json.Unmarshal([]byte(out.String()), &s); err != nil {
		t.Fatalf("%s: %v", &out, err)
	}
	return s
}

func TestEncoding(t *testing.T) {
	for _, op := range []string{"encode", "memcpy", "valid memcpy", "json"} {
		for kind, value := range map[string]any{"text": "abc", "bytes": 3, "struct": map[string]any{"id": 1}, "map": map[string]any{"a": 1}} {
			s := answer(t, contest.Case{Op: op, Kind: kind, Value: value, Parser: "msgpack", Rooms: 2, N: 5})
			if s.Error != "" || s.NS <= 0 || s.Bytes < 3 {
				t.Errorf("%s of %s: %+v", op, kind, s)
			}
		}
	}
}

func TestWrongCases(t *testing.T) {
	for want, c := range map[string]contest.Case{
		`no operation "fly"`:   {Op: "fly"},
		`no value of kind "x"`: {Op: "encode", Kind: "x"},
	} {
		if s := answer(t, c); !strings.Contains(s.Error, want) {
			t.Errorf("%q, not %q", s.Error, want)
		}
	}
}

// TestSending: everything that sends publishes exactly as often as it is told, and
// once more to get ready.
func TestSending(t *testing.T) {
	server := redistest.Start(t)
	arrived := redistest.Watch(t, server.Addr, channel, false)
	for _, op := range []string{"redisdriver", "rueidisdriver", "go-redis", "rueidis"} {
		for _, c := range []contest.Case{{N: 3}, {AtOnce: 8, N: 20}, {Batch: 4, N: 10}} {
			c.Op, c.Kind, c.Value, c.Parser, c.Addrs, c.Size = op, "text", "abc", "common", []string{server.Addr}, 74
			if s := answer(t, c); s.Error != "" || s.Bytes != 74 {
				t.Errorf("%s: %+v", op, s)
			}
			for range c.N + 1 {
				<-arrived
			}
			select {
			case <-arrived:
				t.Errorf("%s, %+v: more was sent", op, c)
			default:
			}
		}
	}
}
