package target_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
	"github.com/sioxide/emitter/driver/drivertest/natstest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// startKafka starts one that has a listener with TLS and SASL, at ProxyAddr, and knows
// ann, and a topic.
func startKafka(t *testing.T, cert testkit.Certificate) *kafkatest.Server {
	t.Helper()
	itself := func(to string) string { return to }
	s := kafkatest.StartBehind(t, itself,
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:SASL_SSL,CONTROLLER:PLAINTEXT",
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		`listener.name.proxied.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="`+password+`";`,
		"listener.name.proxied.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"listener.name.proxied.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"ssl.keystore.type=PEM", "ssl.keystore.location="+cert.Keystore(t))
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Addr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(t.Context(), 2, 1, nil, "shop"); err != nil {
		t.Fatal(err)
	}
	for _, mechanism := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} { // one of a user in each call
		done, err := admin.AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{{User: "ann", Mechanism: mechanism, Iterations: 4096, Password: password}})
		if err == nil {
			err = done.Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestOpenKafka(t *testing.T) {
	cert := testkit.NewCertificate(t)
	s := startKafka(t, cert)
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.Addr), kgo.ConsumeTopics("shop"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	t.Setenv("TARGET_TEST_PASSWORD", password)
	secure := s.ProxyAddr + "?prefix=shop&ca-file=" + cert.CertFile
	for _, url := range []string{
		"kafka://" + redistest.FreeAddr(t) + "," + s.Addr + "?prefix=shop",
		"kafkas://ann:" + escaped + "@" + secure,
		"kafkas://ann:" + escaped + "@" + secure + "&sasl=SCRAM-SHA-256",
		"kafkas://ann@" + secure + "&sasl=scram-sha-512&password-env=TARGET_TEST_PASSWORD",
		"kafkas://ann:" + escaped + "@" + s.ProxyAddr + "?prefix=shop&skip_verify=true",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if err := open(t, url).Emitter().Emit(ctx, "event"); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		var got []*kgo.Record
		for len(got) == 0 && ctx.Err() == nil {
			got = reader.PollRecords(ctx, 1).Records()
		}
		if len(got) != 1 || string(got[0].Key) != "shop-request#/#" {
			t.Errorf("%s: %d records came: %v", url, len(got), ctx.Err())
		}
		cancel()
	}
	for url, says := range map[string]string{
		"kafka://" + s.Addr + "?prefix=missing":                                          "--create --topic missing",
		"kafkas://ann:" + escaped + "wrong@" + secure:                                    "user and the password",
		"kafkas://ann:" + escaped + "@" + s.ProxyAddr + "?prefix=shop":                   "certificate",
		"kafkas://ann:" + escaped + "@" + secure + "&cert-file=missing&key-file=missing": "cert-file",
		"kafkas://ann:" + escaped + "@" + s.ProxyAddr + "?ca-file=" + cert.KeyFile:       "no certificate",
		"kafka://ann:" + escaped + "@" + redistest.FreeAddr(t):                           "refused",
		"kafkas://ann@" + s.ProxyAddr + "?password-env=TARGET_TEST_UNSET":                "not set",
	} {
		mustSay(t, url, says)
	}
}

// mustSay wants a question by url to fail with a text, and without the password.
func mustSay(t *testing.T, url, says string) {
	t.Helper()
	parsed, err := target.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := parsed.Open(t.Context())
	if err == nil {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err = cluster.Emitter().Servers(ctx)
		err = parsed.Scrub(err)
		if c := cluster.Close(); c != nil {
			t.Error(c)
		}
	}
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: the error does not say %q: %v", parsed, says, err)
	}
	for _, secret := range []string{password, escaped, "s3cret"} {
		if strings.Contains(fmt.Sprint(err, parsed), secret) {
			t.Errorf("the error of %s shows the password: %v", parsed, err)
		}
	}
}

func TestOpenNATS(t *testing.T) {
	cert := testkit.NewCertificate(t)
	users := natstest.Start(t, "--user", "ann", "--pass", password, "--tls", "--tlscert", cert.CertFile, "--tlskey", cert.KeyFile)
	tokens := natstest.Start(t, "--auth", password)
	keys, seed := startWithKey(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{
		"tls://ann:" + escaped + "@" + users.Addr + "?prefix=shop&ca-file=" + cert.CertFile,
		"tls://ann:" + escaped + "@" + redistest.FreeAddr(t) + "," + users.Addr + "?prefix=shop&skip_verify=true",
		"nats://" + escaped + "@" + tokens.Addr + "?prefix=shop",
		"nats://" + tokens.Addr + "?prefix=shop&password-file=" + file,
		"nats://" + keys.Addr + "?prefix=shop&nkey-file=" + seed,
	} {
		cluster := open(t, url)
		sub, err := cluster.NATS().SubscribeSync("shop.request.=2F")
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if err := cluster.Emitter().Emit(t.Context(), "event"); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if _, err := sub.NextMsg(10 * time.Second); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for url, says := range map[string]string{
		"tls://ann:" + escaped + "@" + users.Addr:                        "certificate",
		"tls://bob:" + escaped + "@" + users.Addr + "?skip_verify=true":  "Authorization",
		"nats://x" + escaped + "@" + tokens.Addr:                         "Authorization",
		"nats://" + escaped + "@" + redistest.FreeAddr(t):                "is NATS there?",
		"nats://" + escaped + "@" + tokens.Addr + "?creds-file=/missing": "/missing",
		"nats://" + escaped + "@" + tokens.Addr + "?nkey-file=/missing":  "/missing",
	} {
		mustSay(t, url, says)
	}
}

// startWithKey starts a server that knows one key, and returns the file of its seed.
func startWithKey(t *testing.T) (s *natstest.Server, seedFile string) {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "nats.conf")
	seedFile = filepath.Join(dir, "seed")
	for path, text := range map[string]string{seedFile: string(seed), config: "authorization { users = [ { nkey: " + public + " } ] }\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return natstest.Start(t, "--config", config), seedFile
}

// A patient target opens though NATS is not there, fails meanwhile, and works when it is.
func TestPatient(t *testing.T) {
	s := natstest.Start(t)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	parsed, err := target.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := parsed.Open(t.Context(), target.Patient())
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	if err := cluster.Emitter().Timeout(time.Second).Emit(t.Context(), "event"); err == nil {
		t.Error("an emit to nowhere succeeds")
	}
	connected := cluster.NATS().StatusChanged(nats.CONNECTED)
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-connected:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not connect")
	}
	if err := cluster.Emitter().Timeout(5*time.Second).Emit(t.Context(), "event"); err != nil {
		t.Error(err)
	}
}
