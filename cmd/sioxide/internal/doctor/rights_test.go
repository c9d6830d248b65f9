package doctor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// TestRedisRights takes one right after another from a user that has all it needs.
func TestRedisRights(t *testing.T) {
	s := redistest.Start(t)
	startRedisServer(t, s, testkit.Config{})
	enough := []string{"reset", "on", ">pw", "+ping", "+publish", "+subscribe", "+unsubscribe", "+pubsub", "&socket.io-request#*", "&socket.io-response#*"}
	url := "redis://app:pw@" + s.Addr
	user := func(rules ...string) {
		s.Do(t, append([]string{"ACL", "SETUSER", "app"}, rules...)...)
	}
	user(enough...)
	r := look(t, url, doctor.Options{Timeout: time.Second, Watch: 50 * time.Millisecond})
	mustBeHealthy(t, r)
	for _, check := range []string{"buffers", "deafness", "parser"} {
		mustSkip(t, r, check, "user app may not")
	}
	cases := []struct {
		without string
		says    []string
	}{
		{"+publish", []string{"+publish"}},
		{"+subscribe", []string{"+subscribe"}},
		{"+ping", []string{"+ping"}},
		{"+pubsub", []string{"+pubsub|numsub"}},
		{"&socket.io-request#*", []string{"&socket.io-request#/#*"}},
		{"&socket.io-response#*", []string{"&socket.io-response#*"}},
	}
	for _, c := range cases {
		t.Run(c.without, func(t *testing.T) {
			user(slices.DeleteFunc(slices.Clone(enough), func(rule string) bool { return rule == c.without })...)
			rule := `ACL SETUSER app +ping +publish +subscribe +unsubscribe +pubsub "&socket.io-request#*" "&socket.io-response#*"`
			r := look(t, url, doctor.Options{Timeout: time.Second})
			f := mustFind(t, r, report.RedisRights, append(c.says, rule)...)
			if strings.Count(f.Says, "+")+strings.Count(f.Says, "&") != 1 {
				t.Errorf("one right is missing: %s", f.Says)
			}
		})
	}
	// What the doctor advises is enough.
	user("reset", "on", ">pw")
	f := mustFind(t, look(t, url, doctor.Options{Timeout: time.Second}), report.RedisRights)
	advice, _, _ := strings.Cut(f.Do[strings.Index(f.Do, "ACL SETUSER app ")+len("ACL SETUSER app "):], ". ")
	user(strings.Fields(strings.ReplaceAll(advice, `"`, ""))...)
	mustBeHealthy(t, look(t, url, doctor.Options{Timeout: time.Second}))
}

// TestRedisRightsOfShardedPubSub: the advice is enough there too.
func TestRedisRightsOfShardedPubSub(t *testing.T) {
	s := redistest.Start(t)
	startFredServer(t, s, testkit.Config{})
	url := "redis://app:pw@" + s.Addr + "?sharded=true"
	s.Do(t, "ACL", "SETUSER", "app", "reset", "on", ">pw")
	f := mustFind(t, look(t, url, doctor.Options{Timeout: time.Second}), report.RedisRights, "+spublish", "+ssubscribe", "+pubsub|shardnumsub")
	_, advice, _ := strings.Cut(f.Do, "ACL SETUSER app ")
	advice, _, _ = strings.Cut(advice, ". ")
	s.Do(t, append([]string{"ACL", "SETUSER", "app"}, strings.Fields(strings.ReplaceAll(advice, `"`, ""))...)...)
	mustBeHealthy(t, look(t, url, doctor.Options{Timeout: time.Second}))
}
