package natstest

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sioxide/emitter/driver/drivertest/process"
)

//go:embed version.txt
var version string

const portTries = 20

// Server is a nats-server that was started here.
type Server struct {
	Addr string // host and port

	prog string
	dir  string
	args []string
	proc *process.Process // nil: it does not run
}

// JetStream are the arguments of Launch that switch JetStream on. What it keeps stays
// over Kill and Restart, until Stop.
var JetStream = []string{"-js"}

// find returns the program.
func find() (string, error) {
	cache, err := process.Cache()
	if err != nil {
		return "", err
	}
	prog := filepath.Join(cache, "bin", "nats-server-"+strings.TrimSpace(version))
	if _, err := os.Stat(prog); err != nil {
		return "", fmt.Errorf("nats-server is not built: %w (run scripts/nats-server.sh)", err)
	}
	return prog, nil
}

// Launch starts a server with arguments of nats-server, and returns once it takes
// connections.
func Launch(args ...string) (*Server, error) {
	prog, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{prog: prog, args: args}
	if s.dir, err = os.MkdirTemp("", "natstest-"); err != nil {
		return nil, err
	}
	for range portTries { // a port that was free may be taken by the time the server binds it
		s.Addr = process.FreeAddr()
		if err = s.start(); err == nil || !strings.Contains(err.Error(), "address already in use") {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

func (s *Server) start() error {
	host, port, _ := net.SplitHostPort(s.Addr)
	cmd := exec.Command(s.prog, slices.Concat([]string{"-a", host, "-p", port, "-sd", s.dir}, s.args)...)
	p, err := process.Start("nats-server", cmd, "Server is ready")
	s.proc = p
	return err
}

// URL is the server's, in the form of every client.
func (s *Server) URL() string { return URL(s.Addr) }

// URL is that of a server behind another address, such as a proxy's.
func URL(addr string) string { return "nats://" + addr }

// Kill ends it as a crash would, with all of its connections.
func (s *Server) Kill() error {
	err := s.proc.Kill()
	s.proc = nil
	return err
}

// Restart starts it again, at the same address; one that runs is killed first.
func (s *Server) Restart() error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.start()
}

// Pause stops the process, so that its connections stay open and nothing is answered,
// until resume is called. It is an error where a process can't be stopped.
func (s *Server) Pause() (resume func(), err error) { return s.proc.Pause() }

// Stop ends it and removes what it kept.
func (s *Server) Stop() error {
	err := s.proc.Kill()
	s.proc = nil
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Log is what it has said since its last start.
func (s *Server) Log() string { return s.proc.Log() }
