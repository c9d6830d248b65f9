package mongotest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/proclog"
)

const (
	startTime = 60 * time.Second
	portTries = 20
)

// Option changes how a stand-in runs.
type Option interface{ apply(*Server) }

type optionFunc func(*Server)

func (f optionFunc) apply(s *Server) { f(s) }

// NoChangeStreams makes it a standalone server, overriding the default of a replica
// set of one: no change streams, no transactions.
func NoChangeStreams() Option {
	return optionFunc(func(s *Server) { s.args = append(s.args, "--no-oplog") })
}

// History has it remember the last n changes, overriding the default of 200,000: a
// change stream that has to read an older one is lost.
func History(n int) Option {
	return optionFunc(func(s *Server) { s.args = append(s.args, "--history", strconv.Itoa(n)) })
}

// Deny has it refuse commands, "insert", as MongoDB does where a right is missing.
func Deny(commands ...string) Option {
	return optionFunc(func(s *Server) {
		for _, command := range commands {
			s.args = append(s.args, "--deny", command)
		}
	})
}

// Server is a stand-in that was started here.
type Server struct {
	Addr string // host and port

	args   []string
	prog   program
	proc   *os.Process // nil: it does not run
	stdin  io.Closer   // its end is the process's
	exited chan struct{}
	log    *proclog.Log
}

// Launch starts a stand-in on a free port of 127.0.0.1 and returns once it answers.
// It ends by Kill, and with the process that called Launch.
func Launch(opts ...Option) (*Server, error) {
	s := new(Server)
	for _, o := range opts {
		o.apply(s)
	}
	var err error
	if s.prog, err = find(); err != nil {
		return nil, err
	}
	for range portTries {
		s.Addr = freeAddr()
		if err = s.start(); err == nil || !strings.Contains(err.Error(), "already in use") {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// URL is the stand-in's, for one client library as for another: with the name of
// its replica set, and a direct connection.
func (s *Server) URL() string { return URL(s.Addr) }

// URL is that of a stand-in behind another address, such as a proxy's.
func URL(addr string) string { return "mongodb://" + addr + "/?directConnection=true" }

// freeAddr finds an address below the ports that the system gives to outgoing
// connections: a client that comes back while the server is down could otherwise be
// connected to itself.
func freeAddr() string {
	const first, last = 10_000, 32_000
	for {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(last-first)))
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
}

// start returns once the stand-in says that it answers.
func (s *Server) start() error {
	_, port, _ := net.SplitHostPort(s.Addr)
	cmd := exec.Command(s.prog.java, append([]string{
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx3g",
		"-cp", filepath.Join(s.prog.dir, "*"), "StandIn", port,
	}, s.args...)...)
	var ready <-chan struct{}
	s.log, ready = proclog.New("ready\n")
	cmd.Stdout, cmd.Stderr = s.log, s.log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the stand-in for MongoDB: %w", err)
	}
	exited := make(chan struct{})
	s.proc, s.stdin, s.exited = cmd.Process, stdin, exited
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	select {
	case <-ready:
		return nil
	case <-exited:
		s.proc = nil
		return fmt.Errorf("the stand-in for MongoDB ended at once: %s", s.log)
	case <-time.After(startTime):
		return errors.Join(fmt.Errorf("the stand-in for MongoDB does not answer after %v: %s", startTime, s.log), s.Kill())
	}
}

// Kill ends the process, with all that it keeps, and waits for its end.
func (s *Server) Kill() error {
	if s.proc == nil {
		return nil
	}
	if err := s.proc.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end the stand-in for MongoDB: %w", err)
	}
	<-s.exited
	s.proc = nil
	_ = s.stdin.Close() // Wait has closed it, unless it was faster
	return nil
}

// Restart starts it again, at the same address and with nothing in it; one that runs
// is killed first.
func (s *Server) Restart() error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.start()
}

// Log is what the process has written.
func (s *Server) Log() string { return s.log.String() }
