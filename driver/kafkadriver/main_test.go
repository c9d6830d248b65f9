package kafkadriver_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/sioxide/emitter/driver/drivertest/kafkatest"
)

const (
	// asFake has the test's program be a fake Kafka: one in the same process would have
	// goroutines that look like the driver's.
	asFake = "KAFKADRIVER_TEST_FAKE"

	// contractPrefix is that of drivertest, which has another one, too.
	contractPrefix = "drivertest"
)

var topics = []string{contractPrefix, contractPrefix + "-other", "socket.io"}

func TestMain(m *testing.M) {
	if os.Getenv(asFake) != "" {
		beFake()
		return
	}
	code := m.Run()
	if theReal.server != nil {
		_ = theReal.server.Stop()
	}
	os.Exit(code)
}

// beFake runs until its input ends.
func beFake() {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topics...), kfake.AllowAutoTopicCreation())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.ListenAddrs()[0])
	_, _ = io.Copy(io.Discard, os.Stdin)
	c.Close()
}

// fakeProcess returns the address of a fake Kafka that ends with the test.
func fakeProcess(t testing.TB) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asFake+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the fake Kafka ends: %v", err)
		}
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(addr)
}

// theReal is the one Kafka of all tests that need one.
var theReal struct {
	once   sync.Once
	server *kafkatest.Server
	err    error
}

// realKafka returns its address, or skips the test.
func realKafka(t testing.TB) *kafkatest.Server {
	t.Helper()
	kafkatest.Need(t)
	theReal.once.Do(func() {
		if theReal.server, theReal.err = kafkatest.Launch("auto.create.topics.enable=true"); theReal.err == nil {
			createTopics(t, theReal.server.Addr, 3, topics...)
		}
	})
	if theReal.err != nil {
		t.Fatal(theReal.err)
	}
	return theReal.server
}

func createTopics(t testing.TB, addr string, partitions int32, names ...string) {
	t.Helper()
	res, err := kadm.NewClient(client(t, addr)).CreateTopics(t.Context(), partitions, 1, nil, names...)
	if err == nil {
		err = res.Error()
	}
	if err != nil {
		t.Fatalf("create topics: %v", err)
	}
}
