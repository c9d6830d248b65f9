package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/report"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/pgtest"
)

// backends are the ways in which servers use each backend, the sets that can, and our drivers for it.
var backends = []struct {
	kind    *cluster.Kind
	servers rustserver.Driver
	sets    []rustserver.Set
	drivers []driver
	need    func(testing.TB) // skips where the backend is missing, and fails in CI
}{
	{cluster.OnRedis, rustserver.Redis, rustserver.Sets(), redisDrivers, noNeed},
	{cluster.OnRedis, rustserver.Fred, rustserver.Sets(), redisDrivers, noNeed},
	{cluster.OnRedisCluster, rustserver.RedisCluster, rustserver.Sets(), redisDrivers, noNeed},
	{cluster.OnRedisCluster, rustserver.Fred, rustserver.Sets(), redisDrivers, noNeed},
	{cluster.OnPostgres, rustserver.PgSqlx, newerSets, postgresDrivers, pgtest.Need},
	{cluster.OnPostgres, rustserver.PgTokio, newerSets, postgresDrivers, pgtest.Need},
	{cluster.OnMongo, rustserver.MongodbTTL, newerSets, mongoDrivers, mongotest.Need},
	{cluster.OnMongo, rustserver.MongodbCapped, newerSets, mongoDrivers, mongotest.Need},
	{cluster.OnKafka, rustserver.Kafka, newerSets, kafkaDrivers, kafkatest.Need},
	{cluster.OnNats, rustserver.Nats, newerSets, natsDrivers, natstest.Need},
}

// noNeed: requireTools looks for Redis, which the other tests need as well.
func noNeed(testing.TB) {}

// newerSets have crates for PostgreSQL and MongoDB, and the trait Driver as our reference drivers need it.
var newerSets = []rustserver.Set{rustserver.Current, rustserver.Set018}

var parsers = []emitter.Parser{emitter.Common, emitter.Msgpack}

// group is a cluster, on which each of our drivers runs all cases, one after the other.
type group struct {
	config  cluster.Config
	drivers []driver
	need    func(testing.TB)
}

// groups are all combinations: also on the older sets nothing is left out.
func groups() []group {
	var all []group
	for _, set := range rustserver.Sets() {
		for _, b := range backends {
			if !slices.Contains(b.sets, set) {
				continue
			}
			for _, parser := range parsers {
				all = append(all, group{cluster.Config{
					Kind: b.kind, Set: set, Driver: b.servers, Parser: parser, Clients: clientsScript,
					AckTimeout: ackTimeout,
				}, b.drivers, b.need})
			}
		}
	}
	all[0].config.AckTimeout = 0 // one group keeps the crate's default
	return all
}

// ackTimeout of the servers, shorter than the crate's 5 s, as cases wait for it.
const ackTimeout = time.Second

func (g group) name() string {
	return strings.Join([]string{g.config.Kind.Name, string(g.config.Driver), g.config.Parser.String(), g.config.Set.Name}, "/")
}

func (g group) cell(driver string) report.Cell {
	return report.Cell{
		Backend:      g.config.Kind.Name,
		ServerDriver: string(g.config.Driver),
		Parser:       g.config.Parser.String(),
		Set:          g.config.Set.Name,
		Driver:       driver,
	}
}

func memoryCell(parser emitter.Parser) report.Cell {
	return report.Cell{Backend: "memory", ServerDriver: "-", Parser: parser.String(), Set: "-", Driver: "emittertest"}
}
