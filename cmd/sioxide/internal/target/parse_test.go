package target

import (
	"slices"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
)

// good are URLs and what they name.
var good = []struct {
	url  string
	want Target
	text string // of String, where it is not the URL
}{
	{url: "redis://localhost", want: Target{Hosts: []string{"localhost:6379"}}, text: "redis://localhost:6379"},
	{url: "redis://localhost:7000/3", want: Target{Hosts: []string{"localhost:7000"}, Database: "3"}},
	{url: "redis://:secret@[::1]:7000", want: Target{Hosts: []string{"[::1]:7000"}, password: "secret"}, text: "redis://:xxxxx@[::1]:7000"},
	{url: "redis://[::1]", want: Target{Hosts: []string{"[::1]:6379"}}, text: "redis://[::1]:6379"},
	{url: "REDISS://ann:s%2Fe%40c@host:1", want: Target{Hosts: []string{"host:1"}, TLS: true, user: "ann", password: "s/e@c"}, text: "rediss://ann:xxxxx@host:1"},
	{url: "redis://ann:s@cret@host:1", want: Target{Hosts: []string{"host:1"}, user: "ann", password: "s@cret"}, text: "redis://ann:xxxxx@host:1"},
	{url: "redis://host:1?prefix=shop&parser=msgpack&sharded=true", want: Target{Hosts: []string{"host:1"}, Prefix: "shop", Parser: emitter.Msgpack, Sharded: true}, text: "redis://host:1?parser=msgpack&prefix=shop&sharded=true"},
	{url: "redis://host:1?database=2&read_timeout=3s", want: Target{Hosts: []string{"host:1"}, Database: "2"}},
	{url: "redis://ann@host:1?password-env=PW", want: Target{Hosts: []string{"host:1"}, user: "ann"}},
	{url: "redis+cluster://a:1,b,c:3", want: Target{Hosts: []string{"a:1", "b:6379", "c:3"}, Sharded: true}, text: "redis+cluster://a:1,b:6379,c:3"},
	{url: "rediss+cluster://a:1?sharded=false", want: Target{Hosts: []string{"a:1"}, TLS: true}},
	{url: "redis+sentinel://a,b/mymaster", want: Target{Hosts: []string{"a:26379", "b:26379"}, Master: "mymaster"}, text: "redis+sentinel://a:26379,b:26379/mymaster"},
	{url: "redis+sentinel://a:1/mymaster/4", want: Target{Hosts: []string{"a:1"}, Master: "mymaster", Database: "4"}},
	{url: "redis+sentinel://a:1/4?master=mymaster", want: Target{Hosts: []string{"a:1"}, Master: "mymaster", Database: "4"}},
	{url: "unix:///run/redis.sock?db=2", want: Target{Socket: "/run/redis.sock", Database: "2"}},
	{url: "unix://:pw@/run/redis.sock", want: Target{Socket: "/run/redis.sock", password: "pw"}, text: "unix://:xxxxx@/run/redis.sock"},
	{url: "postgres://ann@host:1/app?sslmode=require&table=att", want: Target{Hosts: []string{"host:1"}, Database: "app", Table: "att", user: "ann"}},
	{url: "postgresql:///app?host=%2Frun%2Fpg", want: Target{Database: "app"}},
	{url: "postgres://a:1,b:2/app?sslpassword=hush", want: Target{Hosts: []string{"a:1", "b:2"}, Database: "app"}, text: "postgres://a:1,b:2/app?sslpassword=xxxxx"},
	{url: "mongodb://ann:pw@a:1,b:2/app?collection=c&replicaSet=rs", want: Target{Hosts: []string{"a:1", "b:2"}, Database: "app", Collection: "c", user: "ann", password: "pw"}, text: "mongodb://ann:xxxxx@a:1,b:2/app?collection=c&replicaSet=rs"},
	{url: "mongodb+srv://cluster0.example.org/app", want: Target{Hosts: []string{"cluster0.example.org"}, Database: "app", TLS: true}},
	{url: "kafka://a:1,b/?prefix=shop", want: Target{Hosts: []string{"a:1", "b:9092"}, Prefix: "shop"}, text: "kafka://a:1,b:9092?prefix=shop"},
	{url: "kafkas://ann:pw@a?sasl=SCRAM-SHA-512&ca-file=ca.pem", want: Target{Hosts: []string{"a:9092"}, TLS: true, user: "ann", password: "pw"}, text: "kafkas://ann:xxxxx@a:9092?ca-file=ca.pem&sasl=SCRAM-SHA-512"},
	{url: "kafka://ann@a:1?password-env=PW", want: Target{Hosts: []string{"a:1"}, user: "ann"}},
	{url: "nats://a:1,b?parser=msgpack", want: Target{Hosts: []string{"a:1", "b:4222"}, Parser: emitter.Msgpack}, text: "nats://a:1,b:4222?parser=msgpack"},
	{url: "tls://ann:pw@a:1?cert-file=c&key-file=k", want: Target{Hosts: []string{"a:1"}, TLS: true, user: "ann", password: "pw"}, text: "tls://ann:xxxxx@a:1?cert-file=c&key-file=k"},
	{url: "nats://token@a:1", want: Target{Hosts: []string{"a:1"}, password: "token"}, text: "nats://:xxxxx@a:1"},
	{url: "nats://:token@a:1", want: Target{Hosts: []string{"a:1"}, password: "token"}, text: "nats://:xxxxx@a:1"},
	{url: "nats://a:1?creds-file=x.creds&password-file=t", want: Target{Hosts: []string{"a:1"}}},
}

func TestParse(t *testing.T) {
	for _, c := range good {
		got, err := Parse(c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		want := c.want
		for field, standard := range map[*string]string{&want.Prefix: emitter.DefaultPrefix, &want.Table: DefaultTable, &want.Collection: DefaultCollection} {
			if *field == "" {
				*field = standard
			}
		}
		if !slices.Equal(got.Hosts, want.Hosts) || got.Socket != want.Socket || got.Master != want.Master || got.TLS != want.TLS ||
			got.Prefix != want.Prefix || got.Parser != want.Parser || got.Sharded != want.Sharded || got.Database != want.Database ||
			got.Table != want.Table || got.Collection != want.Collection || got.user != want.user || got.password != want.password {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.url, got, want)
		}
		text := c.text
		if text == "" {
			text = c.url
		}
		if got.String() != text {
			t.Errorf("%s is shown as %s, want %s", c.url, got, text)
		}
	}
}

// bad are URLs and what is said of each.
var bad = []struct{ url, says string }{
	{"", "empty"},
	{"hunter2", "no scheme"},
	{"localhost:6379", "no scheme"},
	{"redi://host", "did you mean redis?"},
	{"postgre://host/db", "did you mean postgres?"},
	{"mysql://host", "there are redis, rediss"},
	{"redis://", "no host"},
	{"redis+cluster://", "no host"},
	{"redis://a,b", "redis+cluster"},
	{"redis://:hunter2", "host 1"},
	{"redis://host:hunter2", "host 1"},
	{"redis://host:0", "host 1"},
	{"redis://host:70000", "host 1"},
	{"redis+cluster://a:1,,b:2", "host 2"},
	{"redis://::1", "host 1"},
	{"redis://[hunter2]", "host 1"},
	{"redis://ann:hunter2/x@host", "%2F"},
	{"redis://ann:hunter2?x@host", "%3F"},
	{"redis://ann:hunter2#x@host", "%23"},
	{"redis://ann:hunter2%x@host", "%25"},
	{"redis://hunter2@host", "without a password"},
	{"redis://host/hunter2", "a number"},
	{"redis://host/007", "a number"},
	{"redis://host/1?db=2", "twice"},
	{"redis://host?prefix=a&prefix=b", "twice"},
	{"redis://host?prefix=", "prefix"},
	{"redis://host?prefix=a%23b", "prefix"},
	{"redis://host?parser=json", "common or msgpack"},
	{"redis://host?sharded=yes", "true or false"},
	{"redis://host?prefx=a", "option prefx is not known; did you mean prefix?"},
	{"redis://host?read_timout=1s", "did you mean read_timeout?"},
	{"redis://host?read_timeout=soon", "read_timeout"},
	{"redis://host?wholly-unknown=1", "there are prefix, parser"},
	{"redis://host?password=hunter2", "password-env"},
	{"redis://host?table=t", "option table means nothing in a redis URL"},
	{"redis+cluster://host/1", "no databases"},
	{"redis+sentinel://host", "name the master"},
	{"redis+sentinel://host/m?master=n", "twice"},
	{"redis://ann:hunter2@host?password-env=X", "give one of them"},
	{"unix://host/run/x", "three slashes"},
	{"unix://", "where the socket is"},
	{"postgres://host/a/b", "path"},
	{"postgres://host/a?database=b", "twice"},
	{"postgres://host/a?sslmod=on", "did you mean sslmode?"},
	{"mongodb:///a", "no host"},
	{"mongodb://host/a?replicaset2=on", "did you mean replicaSet?"},
	{"kafka://", "no host"},
	{"kafka://host/topic", "prefix"},
	{"kafka://hunter2@host", "without a password"},
	{"kafka://:hunter2@host", "without a user"},
	{"kafka://host?password-env=X", "without a user"},
	{"kafka://ann:hunter2@host?sasl=gssapi", "scram-sha-256"},
	{"kafka://host?sasl=plain", "means nothing without user"},
	{"kafka://host?ca-file=x", "option ca-file means nothing in a kafka URL"},
	{"kafkas://host?key-file=x", "without key-file"},
	{"nats://host/a", "prefix"},
	{"nats://host?token=hunter2", "token@"},
	{"nats://host?skip_verify=true", "means nothing in a nats URL"},
	{"tls://host?cert-file=x", "without key-file"},
	{"tls://hunter2@host?skip_verify=maybe", "true or false"},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range bad {
		got, err := Parse(c.url)
		if err == nil {
			t.Errorf("%s is taken as %s", c.url, got)
			continue
		}
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error does not say %q: %v", c.url, c.says, err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the password: %v", c.url, err)
		}
	}
}

// FuzzParse looks for URLs that make Parse panic, that String does not give back, and
// for texts that show the password.
func FuzzParse(f *testing.F) {
	for _, c := range good {
		f.Add(c.url, "hunter2")
	}
	for _, c := range bad {
		f.Add(c.url, "hunter2")
	}
	for _, password := range []string{"a/b?c=d#e@f:g%h", "%zz123", "1234567", "pass word\x00", "prefix", "[::1]:77"} {
		f.Add("redis://host:1/2?prefix=a", password)
	}
	f.Fuzz(func(t *testing.T, raw, password string) {
		if target, err := Parse(raw); err == nil {
			sameAgain(t, target)
		}
		showsNothing(t, raw, password)
	})
}

// sameAgain: what String shows names the same cluster.
func sameAgain(t *testing.T, target *Target) {
	t.Helper()
	again, err := Parse(target.String())
	if err != nil {
		t.Fatalf("String gives %q, which is refused: %v", target, err)
	}
	if again.String() != target.String() {
		t.Fatalf("%q becomes %q", target, again)
	}
}

// showsNothing puts a password into the URL as a careless person does.
func showsNothing(t *testing.T, raw, password string) {
	t.Helper()
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || len(password) < 6 || strings.Contains(rest+scheme, password) || strings.Contains(everything, password) {
		return
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	target, err := Parse(scheme + "://ann:" + password + "@" + rest)
	shown := ""
	if err != nil {
		shown = err.Error()
	} else {
		shown = target.String() + " " + target.ScrubText("refused "+target.password)
	}
	if strings.Contains(shown, password) {
		t.Fatalf("%q is shown: %s", password, shown)
	}
}

// everything is what errors may say whatever the URL is.
var everything = func() string {
	words := []string{"redis://ann:xxxxx@", schemeNames(), "the URL of the cluster: "}
	for _, c := range bad {
		_, err := Parse(c.url)
		words = append(words, err.Error())
	}
	return strings.Join(words, "\n")
}()
