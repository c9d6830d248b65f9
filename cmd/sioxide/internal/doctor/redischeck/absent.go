package redischeck

import (
	"fmt"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// absent says why nobody may be there.
func (l *looker) absent(n namespace) {
	if l.inventory == nil {
		l.noServers(n, []string{"which prefixes and namespaces there are is not known, as channels can't be listed"})
		return
	}
	other := n.place
	other.sharded = !other.sharded
	here, there := l.inventory.namespaces(n.prefix, n.sharded), l.inventory.namespaces(n.prefix, other.sharded)
	switch {
	case l.inventory.has(other):
		l.mismatch(n.namespace, "the servers listen", l.inventory.own(other))
	case len(here) > 0:
		l.namespaceEmpty(n, here)
	case len(there) > 0:
		l.mismatch(n.namespace, "the servers under this prefix listen", nil)
	default:
		l.noServers(n, l.prefixesThere())
	}
}

func (l *looker) namespaceEmpty(n namespace, there []string) {
	l.report.Find(servers, report.Finding{
		Code:    report.NamespaceEmpty,
		Says:    fmt.Sprintf("No server listens in namespace %s; the closest that has servers is %s.", n.namespace, members.Closest(n.namespace, there)),
		Do:      "Correct the namespace. A dynamic one has servers only once its first client has connected to it.",
		Details: []string{fmt.Sprintf("namespaces under prefix %q: %s", n.prefix, report.List(there))},
	})
}

func (l *looker) noServers(n namespace, details []string) {
	if l.report.Has(report.NoServers) {
		return // it is the same for each namespace
	}
	l.report.Find(servers, report.Finding{
		Code:    report.NoServers,
		Says:    fmt.Sprintf("No server listens under prefix %q.", n.prefix),
		Do:      "Check the prefix in the servers' configuration, that they use this Redis, and that they run. If they do, restart them: servers that lost their connection to Redis stay deaf. " + l.uptime(),
		Details: details,
	})
}

// prefixesThere tells which prefixes have servers.
func (l *looker) prefixesThere() []string {
	var details []string
	for _, sharded := range []bool{l.target.Sharded, !l.target.Sharded} {
		if found := l.inventory.prefixes(sharded); len(found) > 0 {
			details = append(details, fmt.Sprintf("prefixes with %s pub/sub: %s", kindName(sharded), report.List(found)))
		}
	}
	if details == nil {
		return []string{"no server of any prefix listens on this Redis"}
	}
	return details
}

// mismatch: the servers use the other kind of pub/sub.
func (l *looker) mismatch(name, who string, ids []string) {
	do := "Add sharded=true to the URL, and give a program's driver the option Sharded."
	if l.target.Sharded {
		do = "Leave out sharded=true, and a program's option Sharded."
	}
	if l.target.IsCluster() {
		do = "Have the servers use the redis-cluster or the fred driver with the address of the cluster; to reach them as they are, add sharded=false."
	}
	l.report.Find(servers, report.Finding{
		Code: report.PubSubMismatch,
		Says: fmt.Sprintf("In namespace %s, %s by %s pub/sub, and this URL publishes by %s: they do not hear it.", name, who, kindName(!l.target.Sharded), kindName(l.target.Sharded)),
		Do:   do,

		Details: report.Servers(ids),
	})
}

// uptime tells since when Redis is there, as servers that are older are deaf.
func (l *looker) uptime() string {
	var last time.Time
	for _, n := range l.nodes {
		if n.started.After(last) {
			last = n.started
		}
	}
	if last.IsZero() {
		return "Redis does not tell since when it runs."
	}
	return fmt.Sprintf("Redis was started %s ago; a server that is older is one of them.", time.Since(last).Round(time.Second))
}

func (inv inventory) summary() string {
	classic, sharded := inv.prefixes(false), inv.prefixes(true)
	switch {
	case len(classic)+len(sharded) == 0:
		return "nobody takes requests on this Redis"
	case len(sharded) == 0:
		return "prefixes with classic pub/sub: " + report.List(classic)
	case len(classic) == 0:
		return "prefixes with sharded pub/sub: " + report.List(sharded)
	}
	return fmt.Sprintf("prefixes with classic pub/sub: %s; with sharded: %s", report.List(classic), report.List(sharded))
}
