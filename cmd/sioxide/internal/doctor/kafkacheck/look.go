package kafkacheck

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/members"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/driver/kafkadriver"
)

// Names of the checks, in the order in which they are made.
const (
	connection = "connection"
	topic      = "topic"
	replicas   = "replicas"
	rights     = "rights"
)

// looker is one run.
type looker struct {
	cluster *target.Cluster
	target  *target.Target
	admin   *kadm.Client
	topic   string
	opts    report.Options
	report  *report.Report
}

// Look looks at cluster and writes what it finds into r.
func Look(ctx context.Context, cluster *target.Cluster, opts report.Options, r *report.Report) {
	t := cluster.Target()
	l := &looker{cluster: cluster, target: t, admin: kadm.NewClient(cluster.Kafka()), topic: kafkadriver.Topic(t.Prefix), opts: opts, report: r}
	if !l.connect(ctx) || !l.lookAtTopic(ctx) {
		return
	}
	members.Asked{
		Driver: cluster.Driver(), Prefix: t.Prefix, Backend: "Kafka", Options: opts, Heard: l.heard, Why: l.why,
		Denied: func(_ string, err error) bool { return l.denied(err) },
	}.Ask(ctx, r)
	r.Skip(members.Parser, "events that pass are not looked at, and no probe of a parser is harmless")
}

// heard is who says that it is there, of which the driver keeps account while it asks.
func (l *looker) heard() map[string][]string {
	servers := make(map[string][]string)
	roster, ok := l.cluster.Driver().(emitter.Rosterer)
	for _, name := range l.opts.Namespaces {
		if !ok {
			break
		}
		for _, id := range roster.Roster(l.target.Prefix, name).IDs() {
			servers[name] = append(servers[name], id.String())
		}
	}
	return servers
}

func (l *looker) why(err error) string { return l.target.ScrubText(err.Error()) }

// lookAtTopic is false when there is none.
func (l *looker) lookAtTopic(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timeout)
	defer cancel()
	details, err := l.admin.ListTopics(ctx, l.topic)
	if err == nil {
		err = details.Error()
	}
	found := details[l.topic]
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		l.report.Find(topic, report.Finding{
			Code: report.KafkaTopicMissing,
			Says: fmt.Sprintf("There is no topic %s, which is that of prefix %q: no server has ever run with this prefix.", l.topic, l.target.Prefix),
			Do:   fmt.Sprintf("Correct the prefix, start a server, which creates it, or create it: kafka-topics --create --topic %s --partitions 4.", l.topic),
		})
		return false
	case err != nil:
		if !l.denied(err) {
			l.report.Skip(topic, "%s", l.why(err))
		}
		return true
	}
	l.report.Pass(topic, "%s, %s", l.topic, report.Plural(len(found.Partitions), "partition", "partitions"))
	l.lookAtReplicas(ctx, found)
	return true
}

// lookAtReplicas compares the replicas that are in sync with those that a write waits
// for.
func (l *looker) lookAtReplicas(ctx context.Context, found kadm.TopicDetail) {
	configs, err := l.admin.DescribeTopicConfigs(ctx, l.topic)
	if err != nil || len(configs) == 0 || configs[0].Err != nil {
		l.report.Skip(replicas, "the topic's settings can't be read")
		return
	}
	want := 1
	for _, c := range configs[0].Configs {
		if c.Key == "min.insync.replicas" && c.Value != nil {
			want, _ = strconv.Atoi(*c.Value)
		}
	}
	for _, p := range found.Partitions.Sorted() {
		if len(p.ISR) < want {
			l.report.Find(replicas, report.Finding{
				Code:    report.KafkaReplicas,
				Says:    fmt.Sprintf("Kafka refuses what is written to topic %s: %s in sync with partition %d, and min.insync.replicas is %d.", l.topic, report.Plural(len(p.ISR), "replica is", "replicas are"), p.Partition, want),
				Do:      "Start the brokers that are missing, give the topic more replicas, or lower min.insync.replicas.",
				Details: []string{fmt.Sprintf("replicas on brokers %v, in sync %v, leader %d", p.Replicas, p.ISR, p.Leader)},
			})
			return
		}
	}
	l.report.Pass(replicas, "in sync, and a write waits for %d", want)
}

// denied writes the finding of a right that is missing, and tells whether err is one.
func (l *looker) denied(err error) bool {
	if !errors.Is(err, kerr.TopicAuthorizationFailed) && !errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return false
	}
	if !l.report.Has(report.KafkaRights) {
		l.report.Find(rights, report.Finding{
			Code:    report.KafkaRights,
			Says:    fmt.Sprintf("This user lacks rights on the topic %s that emitting and asking need.", l.topic),
			Do:      fmt.Sprintf("Grant it WRITE, READ and DESCRIBE on it: kafka-acls --add --allow-principal User:%s --producer --operation Read --topic %s.", l.target.User(), l.topic),
			Details: []string{l.why(err)},
		})
	}
	return true
}

// connect is false when nothing further can be looked at.
func (l *looker) connect(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timeout)
	defer cancel()
	start := time.Now()
	if err := l.cluster.Kafka().Ping(ctx); err != nil {
		f := l.diagnose(ctx, err)
		f.Details = []string{l.why(err)}
		l.report.Find(connection, f)
		return false
	}
	l.report.Pass(connection, "Kafka answers in %s", time.Since(start).Round(10*time.Microsecond))
	return true
}
