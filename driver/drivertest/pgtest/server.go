package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sioxide/emitter/driver/drivertest/proclog"
)

const (
	startTime = 60 * time.Second // of a start, recovery after a crash included
	stopTime  = 20 * time.Second
	portTries = 20
)

// Server is a PostgreSQL that was started here. Its superuser is postgres, its
// database postgres, and it lets everybody in without a password.
type Server struct {
	Addr string // host and port

	bin    string // folder of the programs
	dir    string
	owner  owner
	proc   *os.Process // nil: it does not run
	exited chan struct{}
	log    *proclog.Log
}

// base are the settings that make a server quick: what it keeps need not outlive
// the machine. They stand before those of the caller.
var base = []string{
	"listen_addresses = '127.0.0.1'",
	"fsync = off",
	"full_page_writes = off",
	"shared_buffers = '32MB'",
	"max_connections = 200",
	"log_destination = 'stderr'",
	"logging_collector = off",
}

// Launch makes a database cluster with settings, lines of postgresql.conf, and
// starts it. It returns once the server takes connections.
func Launch(settings ...string) (*Server, error) {
	s, err := create()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err = s.write(slices.Concat(base, settings)); err == nil {
		err = s.startAnywhere()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), os.RemoveAll(s.dir))
	}
	return s, nil
}

// create runs initdb in a folder of its own.
func create() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if s.owner, err = findOwner(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return nil, err
	}
	err = s.owner.give(s.dir)
	if err == nil {
		_, err = s.run("initdb", "--pgdata", s.data(), "--username", "postgres", "--auth", "trust",
			"--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// write appends to postgresql.conf, where the last line of a setting counts.
func (s *Server) write(lines []string) error {
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, f.Close())
}

// startAnywhere starts the server on a free port: one that was free may be taken by
// the time the server binds it.
func (s *Server) startAnywhere() error {
	var err error
	for range portTries {
		s.Addr = freeAddr()
		if err = s.start(); err == nil || !strings.Contains(err.Error(), "could not bind") {
			return err
		}
	}
	return fmt.Errorf("no free port in %d tries: %w", portTries, err)
}

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

func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// start returns once the server says that it takes connections.
func (s *Server) start() error {
	var ready <-chan struct{}
	s.log, ready = proclog.New("database system is ready to accept ") // "connections", or of a replica "read-only connections"
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data(), "-p", s.port(), "-k", s.dir)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	s.owner.apply(cmd, s.dir)
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	s.proc, s.exited = cmd.Process, exited
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	select {
	case <-ready:
		return nil
	case <-exited:
		s.proc = nil
		return fmt.Errorf("postgres ended at once: %s", s.log)
	case <-time.After(startTime):
		_ = s.end(syscall.SIGQUIT)
		return fmt.Errorf("postgres is not ready after %v: %s", startTime, s.log)
	}
}

// end sends the signal and waits for the server's end.
func (s *Server) end(signal os.Signal) error {
	if s.proc == nil {
		return nil
	}
	if err := s.proc.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-s.exited:
		s.proc = nil
		return nil
	case <-time.After(stopTime):
		_ = s.proc.Kill()
		<-s.exited
		s.proc = nil
		return fmt.Errorf("stop PostgreSQL: it still ran after %v: %s", stopTime, s.log)
	}
}

// Kill ends the server as a crash would, with all of its connections. Its data stays.
func (s *Server) Kill() error { return s.end(syscall.SIGQUIT) }

// Restart starts the server again, at the same address; one that runs is killed first.
func (s *Server) Restart() error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.start()
}

// Stop ends the server and removes what it kept.
func (s *Server) Stop() error {
	return errors.Join(s.end(syscall.SIGINT), os.RemoveAll(s.dir))
}

// Configure adds lines to postgresql.conf and has the server read it again. What
// takes effect only at a start needs Restart.
func (s *Server) Configure(lines ...string) error {
	err := s.write(lines)
	if err == nil {
		_, err = s.SQL("select pg_reload_conf()")
	}
	return err
}

// URL names a database of the server for a role; "" is postgres for both.
func (s *Server) URL(role, database string) string { return URL(s.Addr, role, database) }

// URL is that of a server behind another address, such as a proxy's.
func URL(addr, role, database string) string {
	if role == "" {
		role = "postgres"
	}
	if database == "" {
		database = "postgres"
	}
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", role, addr, database)
}

// SQL runs statements as the superuser in the database postgres, each in a
// transaction of its own, and returns what the last one gave: a line for each row,
// with "|" between columns.
func (s *Server) SQL(statements string) (string, error) { return s.SQLIn("", statements) }

// SQLIn is SQL in another database.
func (s *Server) SQLIn(database, statements string) (string, error) {
	cmd := exec.Command(filepath.Join(s.bin, "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
		"--set", "ON_ERROR_STOP=1", "--dbname", s.URL("", database))
	cmd.Stdin = strings.NewReader(statements + ";\n")
	out, err := output(cmd)
	return strings.TrimSpace(out), err
}

// Log returns what the server has said since its last start.
func (s *Server) Log() string { return s.log.String() }

// run runs one of PostgreSQL's programs as the owner.
func (s *Server) run(name string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	s.owner.apply(cmd, s.dir)
	return output(cmd)
}

func output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}
