package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type shownCluster struct{ Name, URL string }

// secret is in the URLs, and must never be shown.
const secret = "s3cr3t/+x"

const secretURL = "redis://app:s3cr3t%2F%2Bx@127.0.0.1:1/?prefix=shop&parser=msgpack"

func TestProfiles(t *testing.T) {
	config := t.TempDir()
	path := filepath.Join(config, "sioxide", "clusters.json")
	env := environment(t, "XDG_CONFIG_HOME="+config)
	do := func(status int, input string, args ...string) result {
		t.Helper()
		r := run(t, env, input, args...)
		if r.status != status {
			t.Fatalf("%v: status %d, want %d: %s", args, r.status, status, r.stderr)
		}
		for _, form := range []string{secret, "s3cr3t"} {
			if strings.Contains(r.stdout+r.stderr, form) {
				t.Errorf("%v shows the secret: %s%s", args, r.stdout, r.stderr)
			}
		}
		return r
	}
	if r := do(0, "", "cluster", "list"); r.stdout != "[]\n" {
		t.Errorf("without a file: %s", r.stdout)
	}
	do(0, "", "cluster", "add", "prod", secretURL)
	do(0, secretURL+"\n", "cluster", "add", "other")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file has mode %v, %v", info.Mode(), err)
	}
	if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), secretURL) {
		t.Errorf("the file is %s, %v", data, err)
	}
	want := shownCluster{"prod", "redis://app:xxxxx@127.0.0.1:1?parser=msgpack&prefix=shop"}
	list := decode[[]shownCluster](t, do(0, "", "cluster", "list"))
	if len(list) != 2 || list[0].Name != "other" || list[1] != want {
		t.Errorf("listed %+v, want %+v", list, want)
	}
	if got := decode[shownCluster](t, do(0, "", "cluster", "show", "prod")); got != want {
		t.Errorf("shown %+v", got)
	}
	do(1, "", "cluster", "add", "prod", "redis://localhost").must(t, 1, "--replace")
	do(0, "", "cluster", "add", "prod", "redis://localhost", "--replace")
	if got := decode[shownCluster](t, do(0, "", "cluster", "show", "prod")); got.URL != "redis://localhost:6379" {
		t.Errorf("replaced is %+v", got)
	}
	do(1, "", "rooms", "--cluster", "other").must(t, 1, "connection refused")
	do(2, "", "rooms", "--cluster", "none").must(t, 2, `"none" is not in `+path)
	do(2, "", "rooms", "--cluster", "other", "--url", "redis://localhost").must(t, 2, "url", "cluster")
	do(2, "", "cluster", "add", "bad", "http://app:"+secret+"@h")
	do(1, "", "cluster", "add", "no name", "redis://localhost").must(t, 1, "no name")
	do(1, "", "cluster", "show", "none").must(t, 1, "no such cluster")
	if r := do(0, "", "__complete", "rooms", "--cluster", ""); !contains(r.stdout, "other\tredis://app:xxxxx@", "prod\t", ":4") {
		t.Errorf("completed is %s", r.stdout)
	}
	if r := do(0, "", "__complete", "cluster", "remove", "p"); !contains(r.stdout, "prod") {
		t.Errorf("completed is %s", r.stdout)
	}
	do(0, "", "cluster", "remove", "prod")
	do(1, "", "cluster", "remove", "prod").must(t, 1, "no such cluster")

	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"rooms", "--cluster", "other"}, {"cluster", "list"}, {"cluster", "add", "x", "redis://h"}, {"cluster", "remove", "other"}} {
			do(1, "", args...).must(t, 1, "others could read", "chmod 600 "+path)
		}
	}
	if err := os.WriteFile(path, []byte(`{"clusters":{"x":{"url":"`+secret+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	do(1, "", "cluster", "list").must(t, 1, path+" is not ", "at byte")
}

// A file that is a link stays one.
func TestProfileLink(t *testing.T) {
	config, file := t.TempDir(), filepath.Join(t.TempDir(), "real.json")
	if err := os.WriteFile(file, []byte(`{"clusters":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(config, "sioxide"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(config, "sioxide", "clusters.json")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	run(t, environment(t, "XDG_CONFIG_HOME="+config), "", "cluster", "add", "x", "redis://h").must(t, 0)
	info, err := os.Lstat(link)
	data, _ := os.ReadFile(file)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || !strings.Contains(string(data), "redis://h") {
		t.Errorf("%v, %v, %s", info.Mode(), err, data)
	}
}
