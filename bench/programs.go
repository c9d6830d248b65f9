package main

import (
	"errors"
	"flag"

	"github.com/sioxide/emitter/bench/contest"
)

// programs are the paths of the contestants, which scripts/bench.sh builds.
type programs struct{ goPath, rustPath, jsPath, deliveryPath, conformance string }

func (p *programs) flags() {
	flag.StringVar(&p.goPath, "go", "", "the contestant in Go (./contestant)")
	flag.StringVar(&p.rustPath, "rust", "", "the contestant in Rust (./rust)")
	flag.StringVar(&p.jsPath, "js", "", "the contestant in JavaScript (./js/main.mjs)")
	flag.StringVar(&p.deliveryPath, "delivery", "", "the program for deliveries (../conformance/cmd/delivery)")
	flag.StringVar(&p.conformance, "conformance", "../conformance", "the folder of that module")
}

// field is who takes part. Each contestant of ours is a process of its own, so that
// none has the memory of another.
type field struct {
	processes []*contest.Process
	programs  programs
}

func (f *field) start(name, command string, args ...string) (*contest.Process, error) {
	p, err := contest.Start(name, command, args...)
	if err == nil {
		f.processes = append(f.processes, p)
	}
	return p, err
}

// team starts processes until one fails.
type team struct {
	f   *field
	err error
}

func (t *team) goes(name string) *contest.Process { return t.start(name, t.f.programs.goPath) }

func (t *team) rust() *contest.Process { return t.start("the Rust emitter", t.f.programs.rustPath) }

func (t *team) js() *contest.Process {
	return t.start("the JavaScript emitter", "node", t.f.programs.jsPath)
}

func (t *team) start(name, command string, args ...string) *contest.Process {
	if t.err != nil {
		return nil
	}
	var p *contest.Process
	p, t.err = t.f.start(name, command, args...)
	return p
}

func (f *field) stop() error {
	var errs []error
	for _, p := range f.processes {
		errs = append(errs, p.Stop())
	}
	f.processes = nil
	return errors.Join(errs...)
}
