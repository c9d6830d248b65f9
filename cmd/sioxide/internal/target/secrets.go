package target

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

// isSecretOption tells whether an option's value must not be shown.
func isSecretOption(name string) bool {
	name = strings.ToLower(name)
	if strings.HasSuffix(name, "-env") || strings.HasSuffix(name, "-file") || name == "passfile" {
		return false
	}
	return strings.Contains(name, "pass") || name == "authmechanismproperties"
}

func (t *Target) hasPasswordOption() bool {
	return t.query.Has("password-env") || t.query.Has("password-file")
}

// secrets are the texts that must not be shown.
type secrets struct {
	mu    sync.Mutex
	texts []string
}

func newSecrets(t *Target) *secrets {
	s := new(secrets)
	s.add(t.password)
	for name, values := range t.query {
		for _, value := range values {
			if isSecretOption(name) {
				s.add(value)
			}
		}
	}
	return s
}

// add takes a secret in each form in which it may turn up. A single character is
// left out: to hide it everywhere would spell it.
func (s *secrets) add(text string) {
	if len(text) < 2 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	quoted := fmt.Sprintf("%q", text)
	for _, form := range []string{text, url.QueryEscape(text), url.PathEscape(text), url.UserPassword("", text).String()[1:], quoted[1 : len(quoted)-1]} {
		if !slices.Contains(s.texts, form) {
			s.texts = append(s.texts, form)
		}
	}
	slices.SortFunc(s.texts, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // a longer one may contain a shorter
}

// ScrubText returns text without the secrets of the target. What a server or a
// library says goes through it before it is shown.
func (t *Target) ScrubText(text string) string {
	t.secrets.mu.Lock()
	defer t.secrets.mu.Unlock()
	for _, secret := range t.secrets.texts {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

// Scrub returns an error that shows err without the secrets of the target, and wraps
// it.
func (t *Target) Scrub(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); t.ScrubText(text) != text {
		return &scrubbed{t.ScrubText(text), err}
	}
	return err
}

type scrubbed struct {
	text string
	err  error
}

func (e *scrubbed) Error() string { return e.text }
func (e *scrubbed) Unwrap() error { return e.err }

// readPassword returns the password from wherever the URL says.
func (t *Target) readPassword() (string, error) {
	if !t.hasPasswordOption() {
		return t.password, nil
	}
	return t.readSecret("password")
}

// maxSecret bounds what is read of a file that is none of secrets.
const maxSecret = 64 << 10

// readSecret reads the secret that the options NAME-env or NAME-file point to.
func (t *Target) readSecret(name string) (string, error) {
	env, file := t.query.Get(name+"-env"), t.query.Get(name+"-file")
	var secret string
	switch {
	case env != "" && file != "":
		return "", fmt.Errorf("both %s-env and %s-file are given: leave one out", name, name)
	case env != "":
		secret = os.Getenv(env)
		if secret == "" {
			return "", fmt.Errorf("%s-env: the variable %s is not set, or empty", name, env)
		}
	case file != "":
		var err error
		if secret, err = readFile(file); err != nil {
			return "", fmt.Errorf("%s-file: %w", name, err)
		}
	}
	t.secrets.add(secret)
	return secret, nil
}

// readFile also reads what is no regular file, such as a pipe of the shell.
func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("%s has more than %d bytes: it is no password", path, maxSecret)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return text, nil
}
