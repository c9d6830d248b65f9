// Package redisnode starts real Redis servers on free ports of 127.0.0.1 and ends them.
package redisnode

import (
	"errors"
	"fmt"
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
	if err := n.run(cluster, ports[1]); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return n, nil
}

func (n *node) run(cluster bool, bus int) error {
	args := []string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(n.port), "--dir", n.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no",
	}
	if cluster {
		n.bus = bus
		args = append(args, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus))
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

// freePorts finds n ports that are free now, all different. Nothing keeps them free: whoever binds them must be
// ready to ask again.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
