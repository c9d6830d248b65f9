package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// debianPrograms is where Debian puts PostgreSQL's programs, a folder for each
// version, and keeps them out of PATH.
const debianPrograms = "/usr/lib/postgresql/*/bin"

// ErrMissing is wrapped by what fails because PostgreSQL is not installed.
var ErrMissing = errors.New("PostgreSQL's programs are neither in PATH nor in " + debianPrograms + " (Debian: apt-get install postgresql)")

// programs returns the folder that has initdb, postgres and psql.
func programs() (string, error) {
	folders, _ := filepath.Glob(debianPrograms) // the pattern is a good one
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil { // to where the others are
			folders = append([]string{filepath.Dir(path)}, folders...)
		}
	}
	for _, folder := range folders {
		if has(folder, "initdb", "postgres", "psql") {
			return folder, nil
		}
	}
	return "", ErrMissing
}

func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

func has(folder string, programs ...string) bool {
	for _, p := range programs {
		if info, err := os.Stat(filepath.Join(folder, p)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}
