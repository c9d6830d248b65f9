package target

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sioxide/emitter"
)

// option is one option of the query.
type option struct {
	set     func(t *Target, value string) error // nil: the client library's
	repeats bool
}

// setters are the options of ours. Those of secrets are read when they are needed.
var setters = map[string]func(t *Target, value string) error{
	"prefix":                 setPrefix,
	"parser":                 setParser,
	"sharded":                setSharded,
	"database":               setDatabase,
	"db":                     setDatabase,
	"table":                  func(t *Target, v string) error { return setName(&t.Table, v) },
	"collection":             func(t *Target, v string) error { return setName(&t.Collection, v) },
	"master":                 func(t *Target, v string) error { return setName(&t.Master, v) },
	"skip_verify":            func(_ *Target, v string) error { _, err := boolean(v); return err },
	"sasl":                   setSASL,
	"ca-file":                notEmpty,
	"cert-file":              notEmpty,
	"key-file":               notEmpty,
	"creds-file":             notEmpty,
	"nkey-file":              notEmpty,
	"password-env":           notEmpty,
	"password-file":          notEmpty,
	"sentinel-user":          notEmpty,
	"sentinel-password-env":  notEmpty,
	"sentinel-password-file": notEmpty,
}

// option finds an option of the scheme. An unknown one is quoted only when it looks
// like the name of an option.
func (s scheme) option(name string) (option, error) {
	if slices.Contains(s.own, name) {
		return option{set: setters[name]}, nil
	}
	if i := slices.IndexFunc(s.library, func(o string) bool { return strings.EqualFold(o, name) }); i >= 0 {
		return option{repeats: s.backend == Mongo}, nil
	}
	if strings.EqualFold(name, "password") || strings.EqualFold(name, "pass") {
		return option{}, errors.New("a password is no option; write user:password@ before the host, or password-env=NAME or password-file=PATH as an option")
	}
	if strings.EqualFold(name, "token") {
		return option{}, errors.New("a token is no option; write token@ before the host, or password-env=NAME or password-file=PATH as an option")
	}
	if _, ours := setters[name]; ours {
		return option{}, fmt.Errorf("option %s means nothing in a %s URL", name, s.name)
	}
	near := nearest(name, slices.Concat(s.own, s.library))
	if near == "" {
		near = strings.Join(s.own, ", ")
		return option{}, fmt.Errorf("option %sis not known; there are %s, and those of the client library", quoted(name), near)
	}
	return option{}, fmt.Errorf("option %sis not known; did you mean %s?", quoted(name), near)
}

// quoted is name and a space where it looks like a name, and "" elsewhere.
func quoted(name string) string {
	for _, r := range name {
		if (r|0x20 < 'a' || r|0x20 > 'z') && r != '_' && r != '-' {
			return ""
		}
	}
	if name == "" || len(name) > 40 {
		return ""
	}
	return name + " "
}

func notEmpty(_ *Target, value string) error {
	if value == "" {
		return errors.New("it is empty")
	}
	return nil
}

func setName(field *string, value string) error {
	if value == "" || !utf8.ValidString(value) || strings.ContainsFunc(value, isControl) {
		return errors.New("a name is text that is not empty")
	}
	*field = value
	return nil
}

func setPrefix(t *Target, value string) error {
	if value == "" || strings.Contains(value, "#") || !utf8.ValidString(value) {
		return errors.New("a prefix is text that is not empty and has no #")
	}
	t.Prefix = value
	return nil
}

func setParser(t *Target, value string) error {
	switch value {
	case "common":
		t.Parser = emitter.Common
	case "msgpack":
		t.Parser = emitter.Msgpack
	default:
		return errors.New("it is common or msgpack, whichever the servers are built with")
	}
	return nil
}

func setSharded(t *Target, value string) (err error) {
	t.Sharded, err = boolean(value)
	return err
}

func setDatabase(t *Target, value string) error {
	if t.Backend != Redis {
		return setName(&t.Database, value)
	}
	if n, err := strconv.ParseUint(value, 10, 31); err != nil || strconv.FormatUint(n, 10) != value {
		return errors.New("a database of Redis is a number")
	}
	if t.Database != "" {
		return errors.New("the database is given twice")
	}
	t.Database = value
	return nil
}

func boolean(value string) (bool, error) {
	switch value {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, errors.New("it is true or false")
}
