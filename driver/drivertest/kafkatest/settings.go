package kafkatest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// base are the settings of one node that is alone, and quick to come back after a crash.
// A topic that is made by writing to it has several partitions, as in earnest.
var base = []string{
	"process.roles=broker,controller",
	"node.id=1",
	"controller.listener.names=CONTROLLER",
	"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
	"inter.broker.listener.name=PLAINTEXT",
	"num.partitions=3",
	"offsets.topic.num.partitions=1",
	"offsets.topic.replication.factor=1",
	"transaction.state.log.num.partitions=1",
	"transaction.state.log.replication.factor=1",
	"transaction.state.log.min.isr=1",
	"share.coordinator.state.topic.num.partitions=1",
	"share.coordinator.state.topic.replication.factor=1",
	"share.coordinator.state.topic.min.isr=1",
	"group.initial.rebalance.delay.ms=0",
	"group.min.session.timeout.ms=1000",
	"log.cleaner.dedupe.buffer.size=2097152",
	"num.network.threads=2",
	"num.io.threads=4",
}

func (s *Server) file() string { return filepath.Join(s.dir, "server.properties") }

// write makes the file of settings, where the last line of a setting counts.
func (s *Server) write() error {
	listeners := []string{"PLAINTEXT://" + s.Addr}
	advertised := slices.Clone(listeners)
	if s.proxied != "" {
		listeners = append(listeners, "PROXIED://"+s.proxied)
		advertised = append(advertised, "PROXIED://"+s.ProxyAddr)
	}
	lines := slices.Concat(base, []string{
		"controller.quorum.voters=1@" + s.controller,
		"listeners=" + strings.Join(append(listeners, "CONTROLLER://"+s.controller), ","),
		"advertised.listeners=" + strings.Join(advertised, ","),
		"log.dirs=" + filepath.Join(s.dir, "data"),
	}, s.settings)
	return os.WriteFile(s.file(), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}
