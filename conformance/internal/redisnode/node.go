// Package redisnode starts real Redis servers on free ports of 127.0.0.1 and ends them.
package redisnode

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sioxide/emitter/conformance/internal/process"
)

const (
	startTimeout = 20 * time.Second
	// portTries bounds how often another port is tried when some other program took the one found free.
	portTries = 20
)

type node struct {
	proc *process.Process
	addr string
	port int
	bus  int // of the cluster bus, 0 without a cluster
	dir  string
}

// startNode starts one redis-server that keeps nothing, in a temporary folder of its own.
func startNode(cluster bool) (*node, error) {
	var err error
	for range portTries {
		var n *node
		if n, err = tryNode(cluster); err == nil {
			return n, nil
		}
		if !strings.Contains(err.Error(), "bind") {
			return nil, err
		}
	}
	return nil, fmt.Errorf("no free port in %d tries: %w", portTries, err)
}

func tryNode(cluster bool) (*node, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "conformance-redis-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for redis-server: %w", err)
	}
	n := &node{port: ports[0], addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0])), dir: dir}
	if cluster {
		n.bus = ports[1]
	}
	if err := n.run(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return n, nil
}

func (n *node) run() error {
	args := []string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(n.port), "--dir", n.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no",
	}
	if n.bus != 0 {
		args = append(args, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(n.bus))
	}
	proc, err := process.Start("redis-server", "redis-server", args...)
	if err != nil {
		return err
	}
	if _, err := proc.WaitForLine("Ready to accept connections", startTimeout); err != nil {
		proc.Kill()
		return err
	}
	proc.Discard()
	n.proc = proc
	return nil
}

func (n *node) stop() error {
	n.proc.Kill()
	return os.RemoveAll(n.dir)
}

// The range that ports are taken from lies below the one of which the system gives ports to outgoing connections:
// a client that tries to come back while a server is down could otherwise be connected to itself.
const firstPort, lastPort = 10_000, 32_000

// freePorts finds n ports that are free now, all different. Nothing keeps them free: whoever binds them must be
// ready to ask again.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range 1_000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		defer l.Close()
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("no free port from %d to %d", firstPort, lastPort)
}
