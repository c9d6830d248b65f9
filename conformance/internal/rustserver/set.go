// Package rustserver runs the conformance servers, Rust programs on the real socketioxide crates.
package rustserver

import (
	"fmt"
	"os"
	"path/filepath"
)

// Set is a set of crate versions that fit together; servers/ has a Cargo package for each.
type Set struct {
	Name    string // the folder in servers/
	Program string
	// DoubleDelivery: a socket in two of the requested rooms gets the event twice, as with socketioxide-core
	// before 0.20.
	DoubleDelivery bool
	// HonoursTimeout: the ack timeout that comes with a request is the one that counts, as with socketioxide-core
	// 0.20 and later.
	HonoursTimeout bool
}

// Sets of crates, newest first.
var (
	Current = Set{Name: "current", Program: "conformance-server-current", HonoursTimeout: true}
	Set018  = Set{Name: "set-0.18", Program: "conformance-server-set-0-18", DoubleDelivery: true}
	Oldest  = Set{Name: "oldest", Program: "conformance-server-oldest", DoubleDelivery: true}
)

// Sets lists all of them.
func Sets() []Set { return []Set{Current, Set018, Oldest} }

// CacheDir is where setup.sh builds the servers: SIOXIDE_CACHE, or sioxide in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv("SIOXIDE_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w (set SIOXIDE_CACHE)", err)
	}
	return filepath.Join(dir, "sioxide"), nil
}

// Path returns the built program of a set.
func (s Set) Path() (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cargo", "release", s.Program)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("server of set %s: %w (run conformance/setup.sh)", s.Name, err)
	}
	return path, nil
}
