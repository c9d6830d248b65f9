package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// onKafka asks for longer: the first question finds the ends of the partitions.
var onKafka = doctor.Options{Timeout: 5 * time.Second}

// startKafka starts one that has a listener with TLS and SASL, at ProxyAddr, for ann, who
// may do everything, and bob, who may do nothing.
func startKafka(t *testing.T, cert testkit.Certificate) *kafkatest.Server {
	t.Helper()
	itself := func(to string) string { return to }
	return kafkatest.StartBehind(t, itself,
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:SASL_SSL,CONTROLLER:PLAINTEXT",
		"sasl.enabled.mechanisms=PLAIN",
		`listener.name.proxied.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="right-one" user_bob="right-one";`,
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users=User:ANONYMOUS;User:ann",
		"ssl.keystore.type=PEM", "ssl.keystore.location="+cert.Keystore(t))
}

func createTopic(t *testing.T, s *kafkatest.Server, name string, config map[string]*string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Addr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 2, 1, config, name); err != nil {
		t.Fatal(err)
	}
}

func TestKafka(t *testing.T) {
	kafkatest.Need(t)
	cert := testkit.NewCertificate(t)
	s := startKafka(t, cert)
	secure := s.ProxyAddr + "?ca-file=" + cert.CertFile

	t.Run("unreachable", func(t *testing.T) {
		r := look(t, "kafka://ann:hunter2@"+redistest.FreeAddr(t), quick)
		f := mustFind(t, r, report.KafkaUnreachable, "can be reached")
		if strings.Contains(strings.Join(f.Details, "")+r.Target, "hunter2") {
			t.Errorf("the password is shown: %+v", f)
		}
	})
	t.Run("TLS", func(t *testing.T) {
		mustFind(t, look(t, "kafkas://"+s.Addr, onKafka), report.KafkaTLSMissing, "kafka://")
		mustFind(t, look(t, "kafka://"+s.ProxyAddr, onKafka), report.KafkaTLSRequired, "kafkas://")
		mustFind(t, look(t, "kafkas://ann:right-one@"+s.ProxyAddr, onKafka), report.KafkaTLSUntrusted, "ca-file")
	})
	t.Run("password", func(t *testing.T) {
		for _, url := range []string{"kafkas://ann:hunter2@" + secure, "kafkas://nobody:hunter2@" + secure, "kafkas://ann:hunter2@" + secure + "&sasl=scram-sha-256"} {
			f := mustFind(t, look(t, url, onKafka), report.KafkaPassword, "refuses")
			if strings.Contains(strings.Join(f.Details, ""), "hunter2") {
				t.Errorf("the password is shown: %+v", f)
			}
		}
	})
	t.Run("topic", func(t *testing.T) {
		mustFind(t, look(t, "kafka://"+s.Addr+"?prefix=my+app", onKafka), report.KafkaTopicMissing, "my_20app", "kafka-topics")
		createTopic(t, s, "short", map[string]*string{"min.insync.replicas": kadm.StringPtr("2")})
		mustSay(t, look(t, "kafka://"+s.Addr+"?prefix=short", onKafka), report.KafkaReplicas, "min.insync.replicas is 2", "1 replica")
	})
	t.Run("rights", func(t *testing.T) {
		createTopic(t, s, "closed", nil)
		mustFind(t, look(t, "kafkas://bob:right-one@"+secure+"&prefix=closed", onKafka), report.KafkaRights, "User:bob")
	})
	t.Run("servers", func(t *testing.T) {
		createTopic(t, s, "empty", nil)
		mustFind(t, look(t, "kafkas://ann:right-one@"+secure+"&prefix=empty", onKafka), report.NoServers, `"empty"`)
		start := func(set testkit.Set) {
			testkit.StartServer(t, testkit.Config{Driver: "kafka", URLs: []string{s.Addr}, Set: set})
		}
		start(testkit.Current)
		start(testkit.Before)
		opts := onKafka
		opts.Namespaces, opts.Expect = []string{"/", "admin"}, 2
		r := look(t, "kafka://"+s.Addr, opts)
		mustBeHealthy(t, r)
		for _, check := range []string{"connection", "topic", "replicas", "servers"} {
			if got := status(r, check); got != report.OK {
				t.Errorf("check %s: %q", check, got)
			}
		}
		opts.Expect, opts.Namespaces = 3, nil
		mustFind(t, look(t, "kafka://"+s.Addr, opts), report.ServersDeaf, "3 servers should be there")
		opts.Expect, opts.Deep = 0, true
		mustFind(t, look(t, "kafka://"+s.Addr, opts), report.ServersOld, "1 server is")
	})
}
