package doctor_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

func TestRedisUnreachable(t *testing.T) {
	redistest.Need(t)
	for _, scheme := range []string{"redis", "rediss", "redis+cluster"} {
		mustFind(t, look(t, scheme+"://ann:hunter2@"+redistest.FreeAddr(t), quick), report.RedisUnreachable, "can't be reached", "refused")
	}
	addr := redistest.FreeAddr(t)
	mustFind(t, look(t, "redis+sentinel://"+addr+"/mymaster", quick), report.RedisUnreachable, addr)
	mustFind(t, look(t, "redis://host.invalid", quick), report.RedisUnreachable, "host.invalid")
	mustFind(t, look(t, "unix:///nowhere/redis.sock", quick), report.RedisUnreachable, "/nowhere/redis.sock")
}

func TestRedisThatDoesNotAnswer(t *testing.T) {
	s := redistest.Start(t)
	defer s.Stall(t)()
	start := time.Now()
	mustFind(t, look(t, "redis://"+s.Addr, doctor.Options{Timeout: 500 * time.Millisecond}), report.RedisUnreachable, "does not answer within 500ms")
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestRedisPassword(t *testing.T) {
	s := redistest.Start(t, "--requirepass", "right-one")
	mustFind(t, look(t, "redis://"+s.Addr, quick), report.RedisPassword, "wants a password")
	for _, url := range []string{"redis://:hunter2@", "redis://default:hunter2@", "redis://nobody:hunter2@", "redis://:hunter2%2F@"} {
		r := look(t, url+s.Addr, quick)
		f := mustFind(t, r, report.RedisPassword, "refuses")
		if text := fmt.Sprintf("%+v %+v", r, f); strings.Contains(text, "hunter2") {
			t.Errorf("the password is shown: %s", text)
		}
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("right-one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustFind(t, look(t, "redis://"+s.Addr+"?password-file="+file, quick), report.NoServers)
	t.Setenv("DOCTOR_TEST_PASSWORD", "right-one")
	mustFind(t, look(t, "redis://default@"+s.Addr+"?password-env=DOCTOR_TEST_PASSWORD", quick), report.NoServers)
	t.Setenv("DOCTOR_TEST_PASSWORD", "")
	mustFind(t, look(t, "redis://default@"+s.Addr+"?password-env=DOCTOR_TEST_PASSWORD", quick), report.URLInvalid, "DOCTOR_TEST_PASSWORD")
}

// startTLS starts a Redis that speaks TLS at the address returned, and plainly at its
// own.
func startTLS(t *testing.T) (s *redistest.Server, addr string, c testkit.Certificate) {
	t.Helper()
	redistest.Need(t)
	c = testkit.NewCertificate(t)
	addr = redistest.FreeAddr(t)
	s = redistest.Start(t, "--tls-port", testkit.Port(addr), "--tls-cert-file", c.CertFile, "--tls-key-file", c.KeyFile,
		"--tls-ca-cert-file", c.CertFile, "--tls-auth-clients", "no")
	return s, addr, c
}

func TestRedisTLS(t *testing.T) {
	s, addr, _ := startTLS(t)
	mustFind(t, look(t, "rediss://"+s.Addr, quick), report.RedisTLSMissing, "speaks without")
	mustFind(t, look(t, "redis://"+addr, quick), report.RedisTLSRequired, "speaks TLS")
	mustFind(t, look(t, "redis://:hunter2@"+addr, quick), report.RedisTLSRequired, "rediss")
	mustFind(t, look(t, "rediss://"+addr, quick), report.RedisTLSUntrusted, "SSL_CERT_FILE")
	mustFind(t, look(t, "rediss://"+addr+"?skip_verify=true", quick), report.NoServers)
}

func TestRedisTLSWantsACertificateOfTheClient(t *testing.T) {
	s, addr, _ := startTLS(t)
	s.Do(t, "CONFIG", "SET", "tls-auth-clients", "yes")
	mustFind(t, look(t, "rediss://"+addr+"?skip_verify=true", quick), report.RedisTLSUntrusted, "tls-auth-clients")
}

func TestNotRedis(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			c.Close()
		}
	}()
	mustFind(t, look(t, "redis://:hunter2@"+l.Addr().String(), quick), report.RedisUnreachable)
}

func TestRedisOfAnotherKind(t *testing.T) {
	s := redistest.Start(t)
	mustFind(t, look(t, "redis+cluster://"+s.Addr, quick), report.RedisNotCluster, "redis://")

	sentinel := redistest.StartSentinel(t, "mymaster", s)
	mustFind(t, look(t, "redis://"+sentinel.Addr, quick), report.RedisIsSentinel, "redis+sentinel")
	mustFind(t, look(t, "redis+sentinel://"+sentinel.Addr+"/mymaster", quick), report.NoServers)
	mustFind(t, look(t, "redis+sentinel://"+sentinel.Addr+"/other", quick), report.RedisUnreachable)

	replica := redistest.Start(t, "--replicaof", strings.ReplaceAll(s.Addr, ":", " "))
	r := look(t, "redis://"+replica.Addr, quick)
	if !r.Has(report.RedisReplica) || !r.Has(report.NoServers) {
		t.Errorf("a replica is found: %+v", r.Findings)
	}

	cluster := redistest.StartCluster(t)
	mustFind(t, look(t, "redis://"+cluster.Nodes[0].Addr, quick), report.RedisIsCluster, "redis+cluster")
}
