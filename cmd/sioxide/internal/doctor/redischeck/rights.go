package redischeck

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// missing are the rights that the user turned out not to have.
type missing struct{ rules []string }

// deniedCommand finds the command in "NOPERM this user has no permissions to run the
// 'pubsub|numsub' command", as Redis 6 to 8 say it.
var deniedCommand = regexp.MustCompile(`'([a-z|_]+)' (?:command|subcommand)`)

// note takes an error of something that emitting or asking needs; channel is the
// pattern of the channel that it was about.
func (m *missing) note(err error, channel string) {
	if !isDenied(err) {
		return
	}
	rule := "&" + channel
	if found := deniedCommand.FindStringSubmatch(replyOf(err)); found != nil {
		rule = "+" + found[1]
	}
	if !slices.Contains(m.rules, rule) {
		m.rules = append(m.rules, rule)
	}
}

// judgeRights tells which rights are missing, and the rule that gives them all: behind
// one that is missing Redis does not tell of the next.
func (l *looker) judgeRights() {
	if len(l.missing.rules) == 0 {
		l.report.Pass(rights, "user %s may publish, count and ask", l.user())
		return
	}
	commands := "+ping +publish +subscribe +unsubscribe +pubsub"
	if l.target.Sharded {
		commands = "+ping +spublish +ssubscribe +sunsubscribe +pubsub"
	}
	if l.target.IsCluster() {
		commands += " +cluster"
	}
	rule := fmt.Sprintf(`ACL SETUSER %s %s "&%s-request#*" "&%s-response#*"`, l.user(), commands, l.target.Prefix, l.target.Prefix)
	l.report.Find(rights, report.Finding{
		Code:    report.RedisRights,
		Says:    fmt.Sprintf("User %s of Redis lacks rights that emitting and asking need: %s.", l.user(), strings.Join(l.missing.rules, ", ")),
		Do:      "Give it all of them: " + rule + ". To emit only, publish and the first channel are enough.",
		Details: nil,
	})
}
