package rustserver

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sioxide/emitter/conformance/internal/process"
)

const startTimeout = 20 * time.Second

// Driver of one of the adapter's crates.
type Driver string

// The drivers. Fred serves a standalone Redis and a cluster, told by the URL; those of MongoDB differ in how documents
// expire. Those of Kafka and NATS are the reference drivers of conformance/servers/src/drivers.
const (
	Redis         Driver = "redis"
	RedisCluster  Driver = "redis-cluster"
	Fred          Driver = "fred"
	PgSqlx        Driver = "pg-sqlx"
	PgTokio       Driver = "pg-tokio"
	MongodbTTL    Driver = "mongodb-ttl"
	MongodbCapped Driver = "mongodb-capped"
	Kafka         Driver = "kafka"
	Nats          Driver = "nats"
)

// Config says what a server serves.
type Config struct {
	Set    Set
	Driver Driver
	URLs   []string
	// Prefixes: each gets a SocketIo of its own, with its own port and uid.
	Prefixes []string
	Parser   string // common or msgpack
	// SidRoom has the handlers join each socket to the room named by its id.
	SidRoom bool
	// AckTimeout of the server; 0 keeps the crate's default of 5 s.
	AckTimeout time.Duration
	// Table of attachments on PostgreSQL, and how often and from which age on they are deleted; without them the
	// crate's own.
	Table   string
	Cleanup time.Duration
}

// Instance is one SocketIo of a server.
type Instance struct {
	Prefix string `json:"prefix"`
	UID    string `json:"uid"`
	Port   int    `json:"port"`
}

// URL is where clients connect.
func (i Instance) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", i.Port) }

// Server is a running server process.
type Server struct {
	Instances []Instance // in the order of Config.Prefixes
	proc      *process.Process
}

// Start runs a server and returns once it is subscribed and takes connections.
func Start(c Config) (*Server, error) {
	path, err := c.Set.Path()
	if err != nil {
		return nil, err
	}
	proc, err := process.Start("server of set "+c.Set.Name, path, c.args()...)
	if err != nil {
		return nil, err
	}
	s := &Server{proc: proc}
	line, err := proc.WaitForLine("instances", startTimeout)
	if err == nil {
		err = json.Unmarshal([]byte(line), s)
	}
	if err != nil {
		proc.Kill()
		return nil, fmt.Errorf("start a server with driver %s: %w", c.Driver, err)
	}
	proc.Discard()
	return s, nil
}

func (c Config) args() []string {
	args := []string{"--driver", string(c.Driver)}
	for _, url := range c.URLs {
		args = append(args, "--url", url)
	}
	for _, prefix := range c.Prefixes {
		args = append(args, "--instance", prefix+":"+c.Parser)
	}
	if c.SidRoom {
		args = append(args, "--sid-room")
	}
	if c.AckTimeout > 0 {
		args = append(args, "--ack-timeout-ms", fmt.Sprint(c.AckTimeout.Milliseconds()))
	}
	if c.Table != "" {
		args = append(args, "--table", c.Table)
	}
	if c.Cleanup > 0 {
		args = append(args, "--cleanup-ms", fmt.Sprint(c.Cleanup.Milliseconds()))
	}
	return args
}

// Log returns the warnings and errors of the crates so far.
func (s *Server) Log() string { return s.proc.Log() }

// Stop lets the server end by itself.
func (s *Server) Stop() { s.proc.Stop() }

// Kill ends it as kill -9 does.
func (s *Server) Kill() { s.proc.Kill() }

// Pause stops it as SIGSTOP does; Resume lets it go on.
func (s *Server) Pause() error { return s.proc.Pause() }

// Resume lets a paused server go on.
func (s *Server) Resume() error { return s.proc.Resume() }
