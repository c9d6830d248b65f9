// Package profile keeps clusters by name in a file that only its owner can read.
package profile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
)

// Cluster is a named URL.
type Cluster struct {
	Name string
	URL  string // with its secrets
}

// File is the file of profiles.
type File struct{ Path string }

// Default is sioxide/clusters.json in the user's folder of configuration:
// XDG_CONFIG_HOME, or .config at home, on Unix.
func Default() (File, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return File{}, fmt.Errorf("find the folder of profiles: %w", err)
	}
	return File{filepath.Join(dir, "sioxide", "clusters.json")}, nil
}

// ErrUnknown is wrapped by the errors about a name that the file does not have.
var ErrUnknown = errors.New("no such cluster")

// ErrExists is wrapped by the error about a name that the file has.
var ErrExists = errors.New("there is a cluster of this name")

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// content is the file's form.
type content struct {
	Clusters map[string]entry `json:"clusters"`
}

type entry struct {
	URL string `json:"url"`
}

// maxFile bounds what is read.
const maxFile = 4 << 20

// List returns all clusters, by name. No file is no clusters.
func (f File) List() ([]Cluster, error) {
	c, err := f.read()
	if err != nil {
		return nil, err
	}
	var list []Cluster
	for name, e := range c.Clusters {
		list = append(list, Cluster{name, e.URL})
	}
	slices.SortFunc(list, func(a, b Cluster) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// Get returns one cluster.
func (f File) Get(name string) (Cluster, error) {
	c, err := f.read()
	if err != nil {
		return Cluster{}, err
	}
	e, ok := c.Clusters[name]
	if !ok {
		return Cluster{}, f.unknown(name)
	}
	return Cluster{name, e.URL}, nil
}

func (f File) unknown(name string) error {
	return fmt.Errorf("%w: %q is not in %s (sioxide cluster list)", ErrUnknown, name, f.Path)
}

// Add writes a cluster into the file, and makes the file where there is none. One of
// the same name is ErrExists unless it is to be replaced.
func (f File) Add(name, url string, replace bool) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%q is no name for a cluster: letters, digits, '.', '_' and '-', at most 64, the first a letter or digit", name)
	}
	c, err := f.read()
	if err != nil {
		return err
	}
	if _, there := c.Clusters[name]; there && !replace {
		return fmt.Errorf("%w: %q (--replace overwrites it)", ErrExists, name)
	}
	c.Clusters[name] = entry{url}
	return f.write(c)
}

// Remove takes a cluster out of the file.
func (f File) Remove(name string) error {
	c, err := f.read()
	if err != nil {
		return err
	}
	if _, ok := c.Clusters[name]; !ok {
		return f.unknown(name)
	}
	delete(c.Clusters, name)
	return f.write(c)
}

func (f File) read() (content, error) {
	c := content{Clusters: map[string]entry{}}
	data, err := f.readPrivate()
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read the profiles: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		// What stands there may be a secret: only where it is wrong is told.
		where := ""
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			where = fmt.Sprintf(" at byte %d", syntax.Offset)
		}
		return c, fmt.Errorf(`read the profiles: %s is not {"clusters":{"NAME":{"url":"URL"}}}%s`, f.Path, where)
	}
	if c.Clusters == nil {
		c.Clusters = map[string]entry{}
	}
	return c, nil
}

// readPrivate reads a file that nobody else may read or write.
func (f File) readPrivate() ([]byte, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", f.Path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s has mode %#o: others could read the passwords in it (chmod 600 %s)", f.Path, mode, f.Path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s has more than %d bytes", f.Path, maxFile)
	}
	return data, err
}

// write puts a new file in the place of the old one, so that a reader sees one or
// the other.
func (f File) write(c content) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write the profiles: %w", err)
		}
	}()
	path := f.Path
	if linked, err := filepath.EvalSymlinks(path); err == nil {
		path = linked // a link stays one
	}
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	e.SetEscapeHTML(false) // URLs are full of '&'
	e.SetIndent("", "  ")
	if err := e.Encode(c); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".clusters-*") // 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data.Bytes())
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // the first error tells more
	}
	return err
}
