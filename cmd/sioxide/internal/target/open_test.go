package target_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

func open(t *testing.T, url string) *target.Cluster {
	t.Helper()
	parsed, err := target.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := parsed.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Errorf("close %s: %v", parsed, err)
		}
	})
	return cluster
}

// mustArrive emits by what url names, and wants it on messages.
func mustArrive(t *testing.T, url string, messages <-chan []byte) {
	t.Helper()
	if err := open(t, url).Emitter(emitter.RequireServers()).Of("/").Emit(t.Context(), "event"); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	select {
	case <-messages:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: nothing arrives", url)
	}
}

const password = "s3cret/:@?#%" // each character of it means something in a URL

const escaped = "s3cret%2F%3A%40%3F%23%25"

func TestOpenRedis(t *testing.T) {
	s := redistest.Start(t, "--requirepass", password, "--unixsocket", filepath.Join(t.TempDir(), "s"))
	socket := ""
	withPassword(t, s, func(c *redistest.Conn) {
		reply, err := c.Do("CONFIG", "GET", "unixsocket")
		if err != nil {
			t.Fatal(err)
		}
		socket = string(reply.([]any)[1].([]byte))
	})
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TARGET_TEST_PASSWORD", password)
	messages := subscribe(t, s, "shop-request#/#")
	for _, url := range []string{
		"redis://:" + escaped + "@" + s.Addr + "?prefix=shop",
		"redis://default:" + escaped + "@" + s.Addr + "/2?prefix=shop&read_timeout=2s",
		"redis://" + s.Addr + "?prefix=shop&password-env=TARGET_TEST_PASSWORD",
		"redis://default@" + s.Addr + "?prefix=shop&password-file=" + file,
		"unix://:" + escaped + "@" + socket + "?prefix=shop",
	} {
		mustArrive(t, url, messages)
	}
}

func withPassword(t *testing.T, s *redistest.Server, f func(*redistest.Conn)) {
	t.Helper()
	c, err := redistest.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do("AUTH", password); err != nil {
		t.Fatal(err)
	}
	f(c)
}

// subscribe is redistest.Watch on a server with a password.
func subscribe(t *testing.T, s *redistest.Server, channel string) <-chan []byte {
	t.Helper()
	c, err := redistest.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for _, command := range [][]string{{"AUTH", password}, {"SUBSCRIBE", channel}} {
		if _, err := c.Do(command...); err != nil {
			t.Fatal(err)
		}
	}
	_ = c.SetDeadline(time.Time{})
	messages := make(chan []byte, 100)
	go func() {
		for {
			v, err := c.Read()
			if err != nil {
				return
			}
			messages <- v.([]any)[2].([]byte)
		}
	}()
	return messages
}

func TestOpenTheOthers(t *testing.T) {
	c := redistest.StartCluster(t)
	mustArrive(t, "redis+cluster://"+strings.Join(c.Addrs(), ","), c.Watch(t, "socket.io-request#/#"))

	s := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, "mymaster", s)
	mustArrive(t, "redis+sentinel://"+sentinel.Addr+"/mymaster", redistest.Watch(t, s.Addr, "socket.io-request#/#", false))
	mustArrive(t, "redis+sentinel://"+sentinel.Addr+"?master=mymaster&sharded=true", redistest.Watch(t, s.Addr, "socket.io-request#/#", true))
}

func TestOpenTLS(t *testing.T) {
	redistest.Need(t)
	cert, addr := testkit.NewCertificate(t), redistest.FreeAddr(t)
	s := redistest.Start(t, "--tls-port", testkit.Port(addr), "--tls-cert-file", cert.CertFile, "--tls-key-file", cert.KeyFile,
		"--tls-ca-cert-file", cert.CertFile, "--tls-auth-clients", "no")
	mustArrive(t, "rediss://"+addr+"?skip_verify=true", redistest.Watch(t, s.Addr, "socket.io-request#/#", false))
}

// TestErrorsShowNoSecret: what goes wrong with a password in the URL.
func TestErrorsShowNoSecret(t *testing.T) {
	s := redistest.Start(t, "--requirepass", "another")
	parrot, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and repeats what it is told
	if err != nil {
		t.Fatal(err)
	}
	defer parrot.Close()
	go repeat(parrot)
	missing := filepath.Join(t.TempDir(), "missing")
	for _, url := range []string{
		"redis://:" + escaped + "@" + s.Addr,
		"redis://nobody:" + escaped + "@" + s.Addr,
		"rediss://:" + escaped + "@" + s.Addr + "?dial_timeout=500ms",
		"redis+cluster://:" + escaped + "@" + s.Addr,
		"redis+sentinel://:" + escaped + "@" + s.Addr + "/mymaster",
		"redis://:" + escaped + "@" + redistest.FreeAddr(t),
		"redis://:" + escaped + "@" + parrot.Addr().String(),
		"redis://:" + escaped + "@" + parrot.Addr().String() + "?protocol=2",
		"unix://:" + escaped + "@" + missing,
		"redis://ann@" + s.Addr + "?password-file=" + missing,
		"redis://ann@" + s.Addr + "?password-env=TARGET_TEST_UNSET",
	} {
		parsed, err := target.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		cluster, err := parsed.Open(t.Context())
		if err == nil {
			_, err = cluster.Emitter().Timeout(time.Second).Servers(t.Context())
			err = errors.Join(parsed.Scrub(err), cluster.Close())
		}
		if err == nil {
			t.Errorf("%s: no error", parsed)
			continue
		}
		t.Log(err)
		for _, secret := range []string{password, escaped, "s3cret"} {
			if strings.Contains(err.Error()+parsed.String(), secret) {
				t.Errorf("the error of %s shows the password: %v", parsed, err)
			}
		}
	}
}

// repeat answers each command by an error that has all of it, as Redis before 6 does
// with HELLO.
func repeat(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 4096)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				text := strings.NewReplacer("\r", " ", "\n", " ").Replace(string(buf[:n]))
				if _, err := c.Write([]byte("-ERR unknown command " + text + "\r\n")); err != nil {
					return
				}
			}
		}()
	}
}
