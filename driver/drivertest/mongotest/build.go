package mongotest

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed standin
var sources embed.FS

// remedy is what to do about a stand-in that is not there.
const remedy = "run scripts/mongo-standin.sh, which needs java and mvn (Debian: default-jdk-headless maven)"

// program is what starts the stand-in.
type program struct {
	java string
	dir  string // of its jars
}

// find returns the stand-in that was built from these sources.
func find() (program, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return program{}, fmt.Errorf("%w (%s)", err, remedy)
	}
	cache, err := cacheDir()
	if err != nil {
		return program{}, err
	}
	of, err := stamp()
	if err != nil {
		return program{}, err
	}
	dir := filepath.Join(cache, "mongo-standin", of)
	if _, err := os.Stat(dir); err != nil {
		return program{}, fmt.Errorf("the stand-in for MongoDB is not built: %w (%s)", err, remedy)
	}
	return program{java, dir}, nil
}

// stamp is the SHA-256 of the sources, one after the other by name, as
// scripts/mongo-standin.sh computes it.
func stamp() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(sources, "standin", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := sources.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = h.Write(b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// cacheDir is where scripts build what is used again.
func cacheDir() (string, error) {
	if dir := os.Getenv("SIOXIDE_CACHE"); dir != "" {
		return dir, nil
	}
	dir := os.Getenv("XDG_CACHE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.Join(err, errors.New("set SIOXIDE_CACHE to the cache folder"))
		}
		dir = filepath.Join(home, ".cache")
	}
	return filepath.Join(dir, "sioxide"), nil
}
