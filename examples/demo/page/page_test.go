package page

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/examples/demo/client"
	"github.com/sioxide/emitter/examples/demo/loopback"
	"github.com/sioxide/emitter/examples/demo/socketio"
	"github.com/sioxide/emitter/examples/demo/stage"
)

// world is a stage with a page.
type world struct {
	t     *testing.T
	ctx   context.Context
	stage *stage.Stage
	page  *Page
	redis *redis.Client
}

func newWorld(t *testing.T) *world {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	l, err := loopback.Listen(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := stage.Start(ctx, "127.0.0.1:0", nil, loopback.Origins(l)...)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: ctx, stage: s, redis: redis.NewClient(&redis.Options{Addr: s.Redis, Protocol: 2})}
	driver := redisdriver.New(w.redis)
	scene := Scene{Clusters: []Cluster{
		{Parser: "common", Prefix: "socket.io", Servers: []Server{{"A", s.Common[0].ID(), s.Common[0].URL()}, {"B", s.Common[1].ID(), s.Common[1].URL()}}},
		{Parser: "msgpack", Prefix: stage.MsgpackPrefix, Servers: []Server{{"C", s.Msgpack[0].ID(), s.Msgpack[0].URL()}}},
	}}
	if w.page, err = Start(ctx, l, Config{Scene: scene, Client: w.redis, Driver: driver}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, end := range []func() error{w.page.Close, driver.Close, w.redis.Close, s.Close} {
			if err := end(); err != nil {
				t.Error(err)
			}
		}
	})
	return w
}

// reply is a response whose body is closed when the test ends.
type reply struct {
	status int
	header http.Header
	body   io.ReadCloser
}

// request is as the page makes them; change changes it.
func (w *world) request(method, path, body string, change func(*http.Request)) reply {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.ctx, method, w.page.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Origin", w.page.URL)
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = resp.Body.Close() })
	return reply{resp.StatusCode, resp.Header, resp.Body}
}

// run does an operation and returns its results without their times.
func (w *world) run(op string) []Result {
	w.t.Helper()
	resp := w.request(http.MethodPost, "/api/run", op, nil)
	if resp.status != http.StatusOK {
		text, _ := io.ReadAll(resp.body)
		w.t.Fatalf("%s: %d %s", op, resp.status, text)
	}
	var out []Result
	for dec := json.NewDecoder(resp.body); ; {
		var r Result
		if err := dec.Decode(&r); err != nil {
			return out
		}
		r.Micros = 0
		for i := range r.Servers {
			r.Servers[i].Micros = 0
		}
		out = append(out, r)
	}
}

func (w *world) enter(node int, rooms ...string) *client.Socket {
	w.t.Helper()
	c, err := client.Dial(w.ctx, w.stage.Common[node].URL(), socketio.Common)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	s, err := c.Connect(w.ctx, "/", map[string]any{"rooms": rooms})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// listen opens the stream of messages.
func (w *world) listen() (next func() (event string, data []byte)) {
	w.t.Helper()
	resp := w.request(http.MethodGet, "/api/bus", "", nil)
	lines := bufio.NewScanner(resp.body)
	lines.Buffer(nil, 1<<20)
	next = func() (event string, data []byte) {
		w.t.Helper()
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				event = name
			}
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return event, []byte(text)
			}
		}
		w.t.Fatalf("the stream ended: %v", lines.Err())
		return "", nil
	}
	if event, _ := next(); event != "ready" {
		w.t.Fatalf("the stream begins with %q", event)
	}
	return next
}

func TestStrangersAreRefused(t *testing.T) {
	w := newWorld(t)
	const op = `{"op":"emit","cluster":"common","event":"e"}`
	own := strings.TrimPrefix(w.page.URL, "http://")
	for name, tc := range map[string]struct {
		change func(*http.Request)
		reads  int // status of GET
		runs   int // status of POST
	}{
		"page":           {nil, 200, 200},
		"by localhost":   {func(r *http.Request) { r.Host = strings.Replace(own, "127.0.0.1", "localhost", 1) }, 200, 200},
		"foreign page":   {func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }, 403, 403},
		"another port":   {func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, 403, 403},
		"sandboxed page": {func(r *http.Request) { r.Header.Set("Origin", "null") }, 403, 403},
		"rebound name":   {func(r *http.Request) { r.Host = "example.com" }, 403, 403},
		"rebound page":   {func(r *http.Request) { r.Host = "a.example"; r.Header.Set("Origin", "http://a.example") }, 403, 403},
		"no origin":      {func(r *http.Request) { r.Header.Del("Origin") }, 200, 403},
		"form":           {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 200, 415},
		"no type":        {func(r *http.Request) { r.Header.Del("Content-Type") }, 200, 415},
	} {
		for _, path := range []string{"/", "/main.mjs", "/api/scene", "/api/bus"} {
			if resp := w.request(http.MethodGet, path, "", tc.change); resp.status != tc.reads {
				t.Errorf("%s: GET %s: %d, want %d", name, path, resp.status, tc.reads)
			}
		}
		if resp := w.request(http.MethodPost, "/api/run", op, tc.change); resp.status != tc.runs {
			t.Errorf("%s: POST: %d, want %d", name, resp.status, tc.runs)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodOptions} {
		if resp := w.request(method, "/api/run", op, nil); resp.status < 400 {
			t.Errorf("%s /api/run: %d", method, resp.status)
		}
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/api/scene"} {
		head := w.request(http.MethodGet, path, "", nil).header
		policy := head.Get("Content-Security-Policy")
		for _, part := range []string{
			"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'",
			" ws" + strings.TrimPrefix(w.stage.Common[1].URL(), "http"), " ws" + strings.TrimPrefix(w.stage.Msgpack[0].URL(), "http"),
		} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q misses %q", path, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") || head.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: too much is allowed: %v", path, head)
		}
	}
	if kind := w.request(http.MethodGet, "/main.mjs", "", nil).header.Get("Content-Type"); !strings.HasPrefix(kind, "text/javascript") {
		t.Errorf("a script is sent as %q", kind)
	}
}

func TestOperations(t *testing.T) {
	w := newWorld(t)
	a, b := w.enter(0, "news"), w.enter(1, "news", "sport")
	for _, s := range []*client.Socket{a, b} {
		s.OnAck(func(e client.Event) []any { return append([]any{s.ID == a.ID}, e.Args...) })
	}
	A, B := w.stage.Common[0].ID(), w.stage.Common[1].ID()
	ids := []SocketResult{{a.ID, A, "/"}, {b.ID, B, "/"}}
	servers := []ServerResult{{ID: A}, {ID: B}}
	slices.SortFunc(ids, func(x, y SocketResult) int { return strings.Compare(x.ID, y.ID) })
	slices.SortFunc(servers, func(x, y ServerResult) int { return strings.Compare(x.ID, y.ID) })
	answered := []json.RawMessage{[]byte("false"), []byte(`{"$bin":"yv4="}`), []byte("null")}
	done := func(n int) Result { return Result{Type: "done", Count: n} }
	acks := func(count int) Result { return Result{Type: "done", Received: count} }
	for _, tc := range []struct {
		op   string
		want []Result
	}{
		{`{"op":"emit","cluster":"common","to":["sport"],"event":"e","args":[1,{"$bin":"yv4="},{"$esc":{"$bin":"x"}},9007199254740993]}`, []Result{done(1)}},
		{`{"op":"emit","cluster":"common","socket":"` + b.ID + `","server":"` + B + `","volatile":true,"event":"one"}`, []Result{done(1)}},
		{`{"op":"emit","cluster":"common","to":["news"],"except":["news"],"event":"nobody"}`, []Result{done(1)}},
		{`{"op":"emit","cluster":"common","except_socket":"` + a.ID + `","event":"other"}`, []Result{done(1)}},
		{
			`{"op":"ask","cluster":"common","to":["sport"],"timeout":1000,"event":"q","args":[{"$bin":"yv4="},null]}`,
			[]Result{{Type: "expected", Count: 1}, {Type: "ack", Ack: &AckResult{Socket: b.ID, Server: B, Args: answered}}, acks(1)},
		},
		{`{"op":"sockets","cluster":"common","to":["news"]}`, []Result{{Type: "sockets", Sockets: ids}, done(0)}},
		{`{"op":"rooms","cluster":"common","socket":"` + b.ID + `"}`, []Result{{Type: "rooms", Rooms: []string{"news", "sport"}}, done(0)}},
		{`{"op":"servers","cluster":"common"}`, []Result{{Type: "servers", Servers: servers}, done(0)}},
		{`{"op":"sync","cluster":"common"}`, []Result{done(0)}},
		{`{"op":"batch","cluster":"common","to":["sport"],"event":"n","args":["x"],"batch":{"count":3,"mode":"plain"}}`, []Result{done(3)}},
		{`{"op":"batch","cluster":"common","to":["sport"],"event":"n","batch":{"count":3,"mode":"window","window":2}}`, []Result{done(3)}},
		{`{"op":"batch","cluster":"common","to":["sport"],"event":"n","batch":{"count":3,"mode":"acked"}}`, []Result{done(3)}},
		{`{"op":"batch","cluster":"common","to":["sport"],"event":"n","batch":{"count":3,"mode":"rate","rate":1000}}`, []Result{done(3)}},
		{`{"op":"join","cluster":"common","to":["sport"],"rooms":["vip"]}`, []Result{done(0)}},
		{`{"op":"leave","cluster":"common","to":["vip"],"rooms":["news"]}`, []Result{done(0)}},
		{`{"op":"rooms","cluster":"common","to":["vip"]}`, []Result{{Type: "rooms", Rooms: []string{"sport", "vip"}}, done(0)}},
		{`{"op":"disconnect","cluster":"common","to":["vip"]}`, []Result{done(0)}},
	} {
		if got := w.run(tc.op); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tc.op, got, tc.want)
		}
	}
	want := []client.Event{
		{Name: "e", Args: []any{1.0, []byte{0xca, 0xfe}, map[string]any{"$bin": "x"}, 9007199254740992.0}},
		{Name: "one", Args: []any{}}, {Name: "other", Args: []any{}}, {Name: "q", Args: []any{[]byte{0xca, 0xfe}, nil}},
	}
	for i := range 12 {
		e := client.Event{Name: "n", Args: []any{float64(i % 3)}}
		if i < 3 {
			e.Args = []any{"x", float64(i)}
		}
		want = append(want, e)
	}
	for _, e := range want {
		if got, err := b.Next(w.ctx); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("heard %+v, %v; want %+v", got, err, e)
		}
	}
	if e, err := b.Next(w.ctx); err == nil {
		t.Errorf("heard %+v, want to be disconnected", e)
	}
}

func TestOperationsThatFail(t *testing.T) {
	w := newWorld(t)
	for op, want := range map[string]struct {
		text  string
		retry bool
	}{
		`{"op":"emit","cluster":"common","event":""}`:                                          {"event", true},
		`{"op":"emit","cluster":"common","to":[""],"event":"e"}`:                               {"room", true},
		`{"op":"join","cluster":"common"}`:                                                     {"room", true},
		`{"op":"sockets","cluster":"common","ns":"/nowhere"}`:                                  {"no server", false},
		`{"op":"batch","cluster":"common","event":"e","batch":{"count":0,"mode":"plain"}}`:     {"1 to 10000", true},
		`{"op":"batch","cluster":"common","event":"e","batch":{"count":10001,"mode":"plain"}}`: {"1 to 10000", true},
		`{"op":"batch","cluster":"common","event":"e","batch":{"count":1,"mode":"fast"}}`:      {"no way", true},
	} {
		got := w.run(op)
		if last := got[len(got)-1]; last.Type != "error" || !strings.Contains(last.Error, want.text) || last.Retry != want.retry {
			t.Errorf("%s: %+v, want an error with %q, retry %t", op, got, want.text, want.retry)
		}
	}
	for op, want := range map[string]string{
		``:                                    "EOF",
		`{"op":"emit","cluster":"common"} {}`: "more than one",
		`{"op":"emit","cluster":"common","colour":1}`:                  "colour",
		`{"op":"shout","cluster":"common"}`:                            `"shout" is no operation`,
		`{"op":"emit","cluster":"other","event":"e"}`:                  `no cluster "other"`,
		`{"op":"emit","cluster":"common","args":[1,[{"$bin":3}]]}`:     "where base64 should be",
		`{"op":"emit","cluster":"common","args":[{"a":{"$bin":"*"}}]}`: "base64",
		`{"op":"emit","event":"` + strings.Repeat("x", maxBody) + `"}`: "too large",
	} {
		resp := w.request(http.MethodPost, "/api/run", op, nil)
		text, err := io.ReadAll(resp.body)
		if err != nil || resp.status != http.StatusBadRequest || !strings.Contains(string(text), want) {
			t.Errorf("%.80s: %d %s, %v; want %q", op, resp.status, text, err, want)
		}
	}
}

func TestSilentSocketsAreTold(t *testing.T) {
	w := newWorld(t)
	s := w.enter(0, "news")
	want := []Result{
		{Type: "expected", Count: 1},
		{Type: "ack", Ack: &AckResult{Socket: s.ID, Server: w.stage.Common[0].ID(), Error: emitter.ErrAckTimeout.Error()}},
		{Type: "done", Received: 1},
	}
	if got := w.run(`{"op":"ask","cluster":"common","timeout":50,"event":"q"}`); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
