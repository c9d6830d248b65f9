package members

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/protocol"
)

// Presences keeps what servers on Kafka and NATS say of themselves (docs/protocol.md,
// Kafka and NATS). It is safe for concurrent use.
type Presences struct {
	prefix string

	mu    sync.Mutex
	nodes map[protocol.ID][]string // channels that each hears
}

// maxPresences bounds what made-up nodes can cost.
const maxPresences = 1 << 12

// NewPresences keeps those of a prefix.
func NewPresences(prefix string) *Presences {
	return &Presences{prefix: prefix, nodes: make(map[protocol.ID][]string)}
}

// Take notes a message; what is none is passed over. An empty one is of a node that
// leaves.
func (p *Presences) Take(data []byte) {
	said, err := protocol.DecodePresence(data)
	if err != nil || said.IsQuestion {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.nodes, said.Node)
	if len(said.Channels) > 0 && len(p.nodes) < maxPresences {
		p.nodes[said.Node] = said.Channels
	}
}

// Servers lists the servers heard, by namespace, each ordered.
func (p *Presences) Servers() map[string][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	servers := make(map[string][]string)
	for _, channels := range p.nodes {
		for _, channel := range channels {
			rest, ok := strings.CutPrefix(channel, p.prefix+"-request#")
			parts := strings.Split(rest, "#") // NAMESPACE#SERVER#
			if ok && len(parts) == 3 && parts[2] == "" {
				servers[parts[0]] = append(servers[parts[0]], parts[1])
			}
		}
	}
	for _, ids := range servers {
		slices.Sort(ids)
	}
	return servers
}

// JudgePresent judges namespaces whose servers say that they are there.
func JudgePresent(r *report.Report, prefix string, spaces []Space, heard map[string][]string, opts report.Options) {
	there := make([]string, 0, len(heard))
	for name := range heard {
		there = append(there, name)
	}
	for _, s := range spaces {
		if len(s.Answered) > 0 && !slices.Contains(there, s.Namespace) {
			there = append(there, s.Namespace)
		}
	}
	slices.Sort(there)
	for _, s := range spaces {
		s.Heard = heard[s.Namespace]
		switch {
		case !s.Empty():
			s.Judge(r, opts)
			continue
		case len(there) > 0:
			r.Find(Check, report.Finding{
				Code:    report.NamespaceEmpty,
				Says:    fmt.Sprintf("No server answers in namespace %s; the closest that has servers is %s.", s.Namespace, Closest(s.Namespace, there)),
				Do:      "Correct the namespace. A dynamic one has servers only once its first client has connected to it.",
				Details: []string{"with servers: " + report.List(there)},
			})
		case !r.Has(report.NoServers):
			r.Find(Check, report.Finding{
				Code: report.NoServers,
				Says: fmt.Sprintf("No server answers under prefix %q, and none says that it is there.", prefix),
				Do:   "Check the prefix in the servers' configuration, that they are connected to the same cluster and account, and that they run.",
			})
		}
		s.JudgeNumber(r, opts.Expect)
	}
}
