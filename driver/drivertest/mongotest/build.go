package mongotest

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/sioxide/emitter/driver/drivertest/process"
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
	cache, err := process.Cache()
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
