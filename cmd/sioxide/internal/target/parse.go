package target

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/sioxide/emitter"
)

// Parse reads a URL. Its errors quote nothing that could be a part of a secret: the
// parts of a URL are mistaken for each other when a character of the password was
// not escaped.
func Parse(raw string) (*Target, error) {
	t, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("the URL of the cluster: %w", err)
	}
	return t, nil
}

func parse(raw string) (*Target, error) {
	p, err := split(strings.TrimSpace(raw))
	if err != nil {
		return nil, err
	}
	s, err := schemeOf(p.scheme)
	if err != nil {
		return nil, err
	}
	t := &Target{Scheme: p.scheme, Backend: s.backend, TLS: s.tls, user: p.user, password: p.password, query: p.query}
	t.takeToken()
	if t.Hosts, err = hosts(p.hosts, s.port); err != nil {
		return nil, err
	}
	if err := s.place(t, p.path); err != nil {
		return nil, err
	}
	if err := t.readOptions(s); err != nil {
		return nil, err
	}
	return t, t.check()
}

// parts of a URL, unescaped.
type parts struct {
	scheme, user, password, path string
	hosts                        []string
	query                        url.Values
}

var (
	errNoURL  = errors.New("it is empty; write one as redis://localhost:6379")
	errScheme = fmt.Errorf("it has no scheme; write one as redis://localhost:6379 (there are %s)", schemeNames())
	errEscape = errors.New("it can't be read; characters of a user, a password or an option that are not letters or digits must be percent-encoded (a / as %2F, a % as %25)")
	errAt     = errors.New("it has an @ behind its host; in a user, a password, a path or an option write / as %2F, ? as %3F and @ as %40")
	errHash   = errors.New("it has a #; write it as %23")
)

// split takes a URL apart by itself: package url knows neither lists of hosts nor
// errors that do not quote.
func split(raw string) (p parts, err error) {
	if raw == "" {
		return p, errNoURL
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return p, errScheme
	}
	if strings.Contains(rest, "#") {
		return p, errHash
	}
	p.scheme = strings.ToLower(scheme)
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, hasPath := strings.Cut(rest, "/")
	if strings.Contains(path+query, "@") {
		return p, errAt
	}
	if hasPath {
		path = "/" + path
	}
	at := strings.LastIndexByte(authority, '@')
	user, password, _ := strings.Cut(authority[:max(at, 0)], ":")
	var errs [4]error
	p.user, errs[0] = url.PathUnescape(user)
	p.password, errs[1] = url.PathUnescape(password)
	p.path, errs[2] = url.PathUnescape(path)
	p.query, errs[3] = url.ParseQuery(query)
	if errors.Join(errs[:]...) != nil || strings.ContainsFunc(p.user+p.password+p.path, isControl) {
		return p, errEscape
	}
	p.hosts = strings.Split(authority[at+1:], ",")
	return p, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// hosts completes each host by the scheme's default port.
func hosts(list []string, port string) ([]string, error) {
	if len(list) == 1 && list[0] == "" {
		return nil, nil
	}
	for i, h := range list {
		host, p := h, port
		if colon := strings.LastIndexByte(h, ':'); colon > strings.LastIndexByte(h, ']') {
			host, p = h[:colon], cmp.Or(h[colon+1:], port)
		}
		if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
			host = host[1 : len(host)-1]
			if net.ParseIP(host) == nil {
				return nil, errHost(i)
			}
		} else if strings.ContainsAny(host, ":[]%") {
			return nil, errHost(i)
		}
		if n, err := strconv.ParseUint(p, 10, 16); host == "" || p != "" && (err != nil || n == 0) || strings.ContainsFunc(host, notInHost) {
			return nil, errHost(i)
		}
		list[i] = host
		if p != "" {
			list[i] = net.JoinHostPort(host, p)
		}
	}
	return list, nil
}

func notInHost(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`"<>\^{|}`+"`", r) }

func errHost(i int) error {
	return fmt.Errorf("host %d of it is none; hosts are name:port or [address]:port, and what is no letter or digit in a password must be percent-encoded", i+1)
}

// check holds the parts against each other.
func (t *Target) check() error {
	if (t.Backend == Redis || t.Backend == Kafka) && t.user != "" && t.password == "" && !t.hasPasswordOption() {
		return errors.New("it has a user without a password; write user:password@ (or for Redis :password@ where there is only a password), or add password-env=NAME or password-file=PATH")
	}
	if t.Socket == "" && len(t.Hosts) == 0 && t.Backend != Postgres {
		return fmt.Errorf("it has no host; write it as %s://localhost", t.Scheme)
	}
	if t.password != "" && t.hasPasswordOption() {
		return errors.New("it has a password and password-env or password-file beside it; give one of them")
	}
	switch {
	case t.Backend == Redis:
		return t.checkRedis()
	case t.Backend == Kafka && t.user == "" && (t.password != "" || t.hasPasswordOption()):
		return errors.New("it has a password without a user, which Kafka needs; write user:password@ before the hosts")
	case t.query.Has("cert-file") != t.query.Has("key-file"):
		return errors.New("option cert-file means nothing without key-file, and key-file nothing without it")
	}
	return nil
}

func (t *Target) readOptions(s scheme) error {
	t.Prefix, t.Table, t.Collection = emitter.DefaultPrefix, DefaultTable, DefaultCollection
	t.Sharded = t.IsCluster()
	t.params = make(url.Values)
	for name, values := range t.query {
		o, err := s.option(name)
		if err != nil {
			return err
		}
		if len(values) > 1 && !o.repeats {
			return fmt.Errorf("option %s is given twice", name)
		}
		if o.set == nil {
			t.params[name] = values
			continue
		}
		if err := o.set(t, values[0]); err != nil {
			return fmt.Errorf("option %s: %w", name, err)
		}
	}
	for _, name := range []string{"tls", "ssl"} { // of MongoDB
		if value := t.params.Get(name); value != "" {
			t.TLS = value == "true"
		}
	}
	t.secrets = newSecrets(t)
	return nil
}
