package conformance

import (
	"strings"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/report"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
)

// backends are the ways in which servers of every set use Redis.
var backends = []struct {
	name    string
	onNodes bool
	driver  rustserver.Driver
}{
	{"Redis", false, rustserver.Redis},
	{"Redis", false, rustserver.Fred},
	{"Redis Cluster", true, rustserver.RedisCluster},
	{"Redis Cluster", true, rustserver.Fred},
}

var parsers = []emitter.Parser{emitter.Common, emitter.Msgpack}

// group is a cluster, on which each of our drivers runs all cases, one after the other.
type group struct {
	backend string
	config  cluster.Config
}

// groups are all combinations: also on the older sets nothing is left out.
func groups() []group {
	var all []group
	for _, set := range rustserver.Sets() {
		for _, b := range backends {
			for _, parser := range parsers {
				all = append(all, group{b.name, cluster.Config{
					Set: set, Driver: b.driver, Parser: parser, OnNodes: b.onNodes, Clients: clientsScript,
					AckTimeout: ackTimeout,
				}})
			}
		}
	}
	all[0].config.AckTimeout = 0 // one group keeps the crate's default
	return all
}

// ackTimeout of the servers, shorter than the crate's 5 s, as cases wait for it.
const ackTimeout = time.Second

func (g group) name() string {
	return strings.Join([]string{g.backend, string(g.config.Driver), g.config.Parser.String(), g.config.Set.Name}, "/")
}

func (g group) cell(driver string) report.Cell {
	return report.Cell{
		Backend:      g.backend,
		ServerDriver: string(g.config.Driver),
		Parser:       g.config.Parser.String(),
		Set:          g.config.Set.Name,
		Driver:       driver,
	}
}

func memoryCell(parser emitter.Parser) report.Cell {
	return report.Cell{Backend: "memory", ServerDriver: "-", Parser: parser.String(), Set: "-", Driver: "emittertest"}
}
