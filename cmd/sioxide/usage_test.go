package main_test

import (
	"strings"
	"testing"

	"github.com/sioxide/emitter/driver/drivertest/redistest"
)

// Wrong usage is status 2, says what is wrong, and where help is.
func TestUsage(t *testing.T) {
	env := environment(t, "SIOXIDE_URL=redis://127.0.0.1:1") // nothing is asked of it
	for line, text := range map[string]string{
		"bogus":                 `unknown command "bogus"`,
		"--bogus":               "unknown flag",
		"rooms extra":           "extra",
		"rooms --bogus":         "unknown flag: --bogus",
		"rooms --ns":            "needs an argument",
		"rooms --timeout soon":  "invalid",
		"emit":                  "name an event",
		"emit e hello":          "argument 1 is not JSON",
		"emit e {} {":           "argument 2 is not JSON",
		"emit e {\"$bin\":1}":   "args[0]",
		"emit connect":          "reserved",
		"emit e --to":           "needs an argument",
		"emit e --ns a#b":       "bad namespace",
		"emit e --socket short": "16 characters",
		"emit e --server short": "16 characters",
		"emit e --ns=":          "--ns is empty",
		"emit e --socket AAAAAAAAAAAAAAAA --to x": "exclude",
		"emit e --timeout 1s":                     "--ack",
		"emit e --ack --timeout 0s":               "--timeout",
		"emit e --ack --dry-run":                  "--dry-run",
		"emit e --keep-going":                     "--stdin",
		"emit e --yes":                            "--stdin",
		"emit - --to x":                           "each line",
		"emit - --dry-run":                        "each line",
		"emit - --rate 0":                         "--rate",
		"emit - --window -1":                      "--window",
		"emit - --ack --acked":                    "--acked",
		"emit e --stdin":                          "each line names its own",
		"join":                                    "at least 1 arg",
		"disconnect room --all":                   "room",
		"tap --count -1":                          "--count",
		"servers --to x":                          "unknown flag: --to",
		"cluster bogus":                           "unknown command",
		"cluster add":                             "arg(s)",
		"completion bogus":                        "bogus",
		"version extra":                           "extra",
	} {
		r := run(t, env, "", strings.Fields(line)...)
		if r.status != 2 || !strings.Contains(r.stderr, text) || !strings.Contains(r.stderr, "--help' for usage.") || r.stdout != "" {
			t.Errorf("sioxide %s: status %d, want 2 and %q\nstdout: %s\nstderr: %s", line, r.status, text, r.stdout, r.stderr)
		}
	}
}

// Where no cluster is named the command says how.
func TestNoCluster(t *testing.T) {
	for _, args := range [][]string{{"rooms"}, {"emit", "e"}, {"join", "a", "--all"}, {"sync"}, {"tap"}, {"bench", "--yes"}} {
		run(t, nil, "", args...).must(t, 2, "no cluster", "--url", "SIOXIDE_URL", "--cluster")
	}
	run(t, nil, "", "rooms", "--url", "nonsense").must(t, 2)
	run(t, nil, "", "rooms", "--url", "redis://localhost?bogus=1").must(t, 2, "bogus")
}

// Every command has help with an example, and completion knows them all.
func TestHelp(t *testing.T) {
	commands := []string{
		"emit", "join", "leave", "disconnect", "rooms", "sockets", "servers", "sync", "tap", "bench", "doctor",
		"cluster", "cluster list", "cluster add", "cluster remove", "cluster show", "version", "completion",
	}
	root := run(t, nil, "", "--help").must(t, 0)
	if !contains(root.stdout, "Exit status", "SIOXIDE_URL", "Examples:", "141") {
		t.Errorf("the help is %s", root.stdout)
	}
	for _, name := range commands {
		r := run(t, nil, "", append(strings.Fields(name), "--help")...).must(t, 0)
		if !contains(r.stdout, "Examples:", "sioxide "+strings.Fields(name)[0]) {
			t.Errorf("%s has no example: %s", name, r.stdout)
		}
		if first := strings.Fields(name)[0]; !strings.Contains(root.stdout, "\n  "+first) {
			t.Errorf("the help does not list %s", first)
		}
	}
	if r := run(t, nil, "").must(t, 0); r.stdout != root.stdout {
		t.Errorf("without arguments it shows %s", r.stdout)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := run(t, nil, "", "completion", shell).must(t, 0); !strings.Contains(r.stdout, "sioxide") {
			t.Errorf("completion for %s is %q", shell, r.stdout)
		}
	}
	if r := run(t, nil, "", "__complete", "dis").must(t, 0); !strings.Contains(r.stdout, "disconnect\t") {
		t.Errorf("completed is %s", r.stdout)
	}
}

func TestVersion(t *testing.T) {
	v := decode[struct{ Version, Go, Platform string }](t, run(t, nil, "", "version").must(t, 0))
	if v.Version == "" || !strings.HasPrefix(v.Go, "go1.") || !strings.Contains(v.Platform, "/") {
		t.Errorf("version %+v", v)
	}
	if r := run(t, nil, "", "--version").must(t, 0); !strings.Contains(r.stdout, v.Version) {
		t.Errorf("--version is %q", r.stdout)
	}
}

// The doctor's status is the command's.
func TestDoctor(t *testing.T) {
	c := startCluster(t, 1)
	if r := c.run(t, "doctor", "--watch", "0").must(t, 0); !contains(r.stdout, "Nothing is wrong.") || r.stderr != "" {
		t.Errorf("it says %s%s", r.stdout, r.stderr)
	}
	if r := c.run(t, "doctor", "--watch", "0", "--ns", "/none", "--json").must(t, 1); !contains(r.stdout, `"namespace-empty"`) || r.stderr != "" {
		t.Errorf("it says %s%s", r.stdout, r.stderr)
	}
	run(t, nil, "", "doctor", "--url", "nonsense").must(t, 2)
	run(t, nil, "", "doctor", "--bogus").must(t, 2, "unknown flag")
}

// No error shows a secret, wherever it comes from.
func TestSecrets(t *testing.T) {
	redis := redistest.Start(t, "--requirepass", "other")
	for _, args := range [][]string{
		{"rooms"}, {"emit", "e"}, {"emit", "-"}, {"tap"}, {"tap", "--monitor"}, {"bench", "--yes"}, {"sync"}, {"join", "a", "--all"},
	} {
		for _, url := range []string{"redis://app:s3cr3t@" + redis.Addr, "redis://:s3cr3t@" + redis.Addr, "redis://s3cr3t:s3cr3t@" + redis.Addr + "?s3cr3t=1", "redis://app:s3cr3t@" + redis.Addr + "?password-file=x"} {
			r := run(t, environment(t, "SIOXIDE_URL="+url), `{"op":"emit","event":"e"}`, args...)
			if r.status == 0 || r.stderr == "" || strings.Contains(r.stdout+r.stderr, ":s3cr3t") {
				t.Errorf("%v with %s: status %d, %s%s", args, url, r.status, r.stdout, r.stderr)
			}
		}
	}
	r := run(t, environment(t, "PW=other", "SIOXIDE_URL=redis://"+redis.Addr+"?password-env=PW"), "", "servers")
	r.must(t, 1, "no server listens")
}
