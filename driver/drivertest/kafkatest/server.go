package kafkatest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sioxide/emitter/driver/drivertest/process"
)

const portTries = 20

// clusterID is 16 bytes in base64url.
const clusterID = "c2lveGlkZS1lbWl0dGVyLQ"

// Server is a Kafka that was started here.
type Server struct {
	Addr      string // host and port of clients
	ProxyAddr string // the one that LaunchBehind was given; "" with Launch

	prog       program
	dir        string
	controller string // host and port
	proxied    string // what the proxy leads to
	settings   []string
	proc       *process.Process // nil: it does not run
}

// Launch starts a Kafka with settings, lines of server.properties, and returns once it
// takes connections.
func Launch(settings ...string) (*Server, error) { return launch(nil, settings) }

// LaunchBehind is Launch with a proxy. Kafka tells clients where to connect to, so it has
// to know the proxy's address: proxy starts one that leads to an address and returns its
// own, which clients that begin there stay at. Those that begin at Addr are led to Addr.
func LaunchBehind(proxy func(to string) (addr string), settings ...string) (*Server, error) {
	return launch(proxy, settings)
}

func launch(proxy func(to string) string, settings []string) (*Server, error) {
	prog, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{prog: prog, settings: settings}
	if s.dir, err = os.MkdirTemp("", "kafkatest-"); err != nil {
		return nil, err
	}
	if proxy != nil {
		s.proxied = process.FreeAddr()
		s.ProxyAddr = proxy(s.proxied)
	}
	if err := s.startAnywhere(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

// startAnywhere starts it on free ports: one that was free may be taken by the time
// that Kafka binds it.
func (s *Server) startAnywhere() error {
	var err error
	for range portTries {
		s.Addr, s.controller = process.FreeAddr(), process.FreeAddr()
		if err = s.format(); err != nil {
			return err
		}
		if err = s.start(); err == nil || !strings.Contains(err.Error(), "Address already in use") {
			return err
		}
	}
	return fmt.Errorf("no free port in %d tries: %w", portTries, err)
}

// format writes the settings and makes an empty folder of data.
func (s *Server) format() error {
	if err := errors.Join(os.RemoveAll(filepath.Join(s.dir, "data")), s.write()); err != nil {
		return err
	}
	out, err := s.prog.command("kafka.tools.StorageTool", "format", "--cluster-id", clusterID, "--config", s.file()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("make a folder of Kafka's: %w: %s", err, out)
	}
	return nil
}

func (s *Server) start() error {
	p, err := process.Start("Kafka", s.prog.command("kafka.Kafka", s.file()), "Kafka Server started")
	s.proc = p
	return err
}

// Address is where clients connect to, in the form of every client: host and port.
func (s *Server) Address() string { return s.Addr }

// Kill ends it as a crash would, with all of its connections. Its data stays.
func (s *Server) Kill() error {
	err := s.proc.Kill()
	s.proc = nil
	return err
}

// Restart starts it again, at the same address and with its data; one that runs is
// killed first.
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
	err := s.proc.Kill() // nothing that it would still write is kept
	s.proc = nil
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Log is what it has said since its last start.
func (s *Server) Log() string { return s.proc.Log() }
