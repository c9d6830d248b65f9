package kafkatest

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/sioxide/emitter/driver/drivertest/process"
)

//go:embed pom.xml
var pom []byte

// remedy is what to do about a Kafka that is not there.
const remedy = "run scripts/kafka.sh, which needs java and mvn (Debian: default-jdk-headless maven)"

// program is what starts Kafka.
type program struct {
	java string
	jars string // their folder
}

// find returns the Kafka that pom.xml names.
func find() (program, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return program{}, fmt.Errorf("%w (%s)", err, remedy)
	}
	cache, err := process.Cache()
	if err != nil {
		return program{}, err
	}
	sum := sha256.Sum256(pom)
	jars := filepath.Join(cache, "kafka", hex.EncodeToString(sum[:]))
	if _, err := os.Stat(jars); err != nil {
		return program{}, fmt.Errorf("there are no jars of Kafka: %w (%s)", err, remedy)
	}
	return program{java, jars}, nil
}

// command runs a class of Kafka's that logs warnings, and when it has started.
func (p program) command(class string, args ...string) *exec.Cmd {
	const logger = "-Dorg.slf4j.simpleLogger."
	return exec.Command(p.java, append([]string{
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx384m",
		logger + "defaultLogLevel=warn", logger + "log.kafka.server.KafkaRaftServer=info",
		"-cp", filepath.Join(p.jars, "*"), class,
	}, args...)...)
}
