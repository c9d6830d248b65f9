package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sioxide/emitter/outbox"
)

// files are those that --file names.
type files struct {
	data map[string]string // base64, by name
	used map[string]bool
}

const fileName = "$file"

// readFiles reads the files of NAME=@path.
func readFiles(named []string) (*files, error) {
	f := &files{data: map[string]string{}, used: map[string]bool{}}
	for _, arg := range named {
		name, path, ok := strings.Cut(arg, "=@")
		if !ok || name == "" || path == "" {
			return nil, usage("--file %q: write NAME=@path", arg)
		}
		if _, twice := f.data[name]; twice {
			return nil, usage("--file %s is given twice", name)
		}
		data, err := readBounded(path)
		if err != nil {
			return nil, usage("--file %s: %w", name, err)
		}
		f.data[name] = base64.StdEncoding.EncodeToString(data)
	}
	return f, nil
}

// readBounded reads a file that an operation has room for.
func readBounded(path string) ([]byte, error) {
	const most = outbox.MaxSize / 4 * 3 // base64 makes four bytes of three
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && len(data) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return data, err
}

// insert puts binaries in the place of {"$file":"NAME"}; an object that really has
// that one member is written {"$esc":{"$file":…}}. What has none is left as it is.
func (f *files) insert(raw json.RawMessage) (json.RawMessage, error) {
	if !bytes.Contains(raw, []byte(fileName)) && !bytes.Contains(raw, []byte(`\u`)) {
		return raw, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // keeps all digits
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	tree, found, err := f.replace(tree)
	if err != nil || !found {
		return raw, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err = e.Encode(tree)
	return out.Bytes(), err
}

func (f *files) replace(v any) (_ any, found bool, err error) {
	each := func(v any) any {
		var in bool
		if err == nil {
			v, in, err = f.replace(v)
			found = found || in
		}
		return v
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = each(v[i])
		}
	case map[string]any:
		if name, ok := only(v, fileName); ok {
			data, err := f.get(name)
			return map[string]any{"$bin": data}, true, err
		}
		if inner, ok := only(v, "$esc"); ok {
			if o, isObject := inner.(map[string]any); isObject && len(o) == 1 && o[fileName] != nil {
				o[fileName] = each(o[fileName])
				return o, true, err
			}
		}
		for name := range v {
			v[name] = each(v[name])
		}
	}
	return v, found, err
}

// only returns the value of an object's one member of that name.
func only(object map[string]any, name string) (any, bool) {
	v, ok := object[name]
	return v, ok && len(object) == 1
}

func (f *files) get(name any) (string, error) {
	text, ok := name.(string)
	data, known := f.data[text]
	if !ok || !known {
		return "", fmt.Errorf(`{"$file":%q} without --file %v=@path (write {"$esc":{"$file":…}} for the object itself)`, name, name)
	}
	f.used[text] = true
	return data, nil
}

// checkUsed refuses a file that no argument asks for.
func (f *files) checkUsed() error {
	for name := range f.data {
		if !f.used[name] {
			return usage(`--file %s: no argument has {"$file":%q}`, name, name)
		}
	}
	return nil
}
