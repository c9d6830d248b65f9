package page

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/redisdriver"
	"github.com/sioxide/emitter/examples/demo/client"
	"github.com/sioxide/emitter/examples/demo/stage"
)

// next returns the next message without its bytes and ids.
func (w *world) next(stream func() (string, []byte)) Message {
	w.t.Helper()
	event, data := stream()
	var m Message
	if err := json.Unmarshal(data, &m); event != "message" || err != nil {
		w.t.Fatalf("%s %s: %v", event, data, err)
	}
	if len(m.Parts) > 0 && (len(m.Data) != m.Size || m.Parts[len(m.Parts)-1].To != m.Size) {
		w.t.Errorf("%d bytes of %d, parts %+v", len(m.Data), m.Size, m.Parts)
	}
	m.Data, m.Parts, m.Size, m.Request = nil, nil, 0, ""
	return m
}

func TestMessages(t *testing.T) {
	w := newWorld(t)
	s := w.enter(0, "news")
	s.OnAck(func(client.Event) []any { return []any{"yes"} })
	A := w.stage.Common[0].ID()
	const everybody, toA = "socket.io-request#/#", "socket.io-request#/admin#"
	stream := w.listen()

	w.run(`{"op":"emit","cluster":"common","to":["news","sport"],"except":["vip"],"event":"headline","args":[1]}`)
	w.run(`{"op":"emit","cluster":"msgpack","event":"photo","args":[{"$bin":"yv4="}]}`)
	w.run(`{"op":"join","cluster":"common","ns":"/admin","server":"` + A + `","except_socket":"` + s.ID + `","rooms":["vip"]}`)
	w.run(`{"op":"leave","cluster":"common","socket":"` + s.ID + `","rooms":["vip"],"own":true}`)
	for _, want := range []Message{
		{Cluster: "common", Channel: everybody, Namespace: "/", Type: "broadcast", Event: "headline", Whom: "news, sport but not vip"},
		{Cluster: "msgpack", Channel: stage.MsgpackPrefix + "-request#/#", Namespace: "/", Type: "broadcast", Event: "photo", Whom: "everybody"},
		{Cluster: "common", Channel: toA + A + "#", Namespace: "/admin", Server: A, Type: "join", Whom: "everybody but not socket " + s.ID, Moves: true},
		{Cluster: "common", Channel: everybody, Namespace: "/", Type: "leave", Whom: "socket " + s.ID, Moves: true, Own: true},
	} {
		if got := w.next(stream); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}

	w.run(`{"op":"ask","cluster":"common","server":"` + A + `","event":"lunch?","own":true}`)
	w.run(`{"op":"servers","cluster":"common","server":"` + A + `"}`)
	var got [][]string
	for range 5 {
		m := w.next(stream)
		if m.Server != A || m.Own != (len(got) < 3) {
			t.Errorf("%+v: server %q, own %t", m, m.Server, m.Own)
		}
		got = append(got, []string{m.Type, m.Whom})
	}
	want := [][]string{
		{"broadcast with ack", "everybody"}, {"ack count", "1"}, {"ack", "socket " + s.ID},
		{"rooms", "a room that nobody has"}, {"rooms", "0"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnreadableMessage(t *testing.T) {
	w := newWorld(t)
	stream := w.listen()
	for _, channel := range []string{"socket.io-request#/#", "socket.io-response#/#AAAAAAAAAAAAAAAA#"} {
		if err := w.redis.Publish(w.ctx, channel, "\xc1hello").Err(); err != nil {
			t.Fatal(err)
		}
		if m := w.next(stream); m.Type != "unreadable" || m.Error == "" || m.Channel != channel {
			t.Errorf("%+v", m)
		}
	}
}

// A page that does not keep up is told how much it missed, and nobody waits for it.
func TestSlowPage(t *testing.T) {
	b := &bus{}
	l := &listener{messages: make(chan *Message, 2)}
	for i := range 5 {
		l.hand(&Message{Moves: i == 3})
	}
	if got := b.takeMissed(l); got.Count != 0 {
		t.Errorf("told of %+v before what came earlier", got)
	}
	<-l.messages
	<-l.messages
	if got, want := b.takeMissed(l), (missed{3, true}); got != want {
		t.Errorf("missed %+v, want %+v", got, want)
	}
	if got := b.takeMissed(l); got.Count != 0 {
		t.Errorf("told twice: %+v", got)
	}
}

// Everything of a burst is shown or counted.
func TestBurst(t *testing.T) {
	w := newWorld(t)
	stream := w.listen()
	const n = 3000
	if got := w.run(`{"op":"batch","cluster":"common","to":["empty"],"event":"n","batch":{"count":3000,"mode":"plain"}}`); got[0].Type != "done" {
		t.Fatal(got)
	}
	w.run(`{"op":"join","cluster":"common","to":["empty"],"rooms":["end"]}`)
	moved := false
	for total := 0; total <= n || !moved; {
		event, data := stream()
		var gap missed
		var m Message
		if event == "missed" {
			if err := json.Unmarshal(data, &gap); err != nil {
				t.Fatal(err)
			}
			total += gap.Count
		} else if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		} else if total++; !m.Moves && m.Event != "n" {
			t.Errorf("%+v", m)
		}
		if moved = moved || m.Moves || gap.Moves; total > n+1 {
			t.Fatalf("%d messages shown or counted, want %d", total, n+1)
		}
	}
}

func TestLongMessage(t *testing.T) {
	w := newWorld(t)
	stream := w.listen()
	io := emitter.New(redisdriver.New(w.redis))
	if err := io.Emit(w.ctx, "long", make([]byte, 100_000), make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	_, data := stream()
	var m Message
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if last := m.Parts[len(m.Parts)-1]; len(m.Data) != maxShown || m.Size < 100_000 || last.To != maxShown {
		t.Errorf("%d bytes of %d, the last part %+v", len(m.Data), m.Size, last)
	}
	if len(data) > 16_000 {
		t.Errorf("%d bytes were sent to the page", len(data))
	}
}

func TestPatterns(t *testing.T) {
	c := channels{[]Cluster{{Prefix: "socket.io"}, {Prefix: `a*[b]?\`}}}
	want := []string{"socket.io-request#*", "socket.io-response#*", `a\*\[b\]\?\\-request#*`, `a\*\[b\]\?\\-response#*`}
	if got := c.patterns(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A page that goes away leaves nothing behind.
func TestPageLeaves(t *testing.T) {
	w := newWorld(t)
	resp := w.request(http.MethodGet, "/api/bus", "", nil)
	b := w.page.bus
	listeners := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.listeners)
	}
	if listeners() != 1 {
		t.Fatalf("%d pages listen", listeners())
	}
	_ = resp.body.Close()
	for listeners() != 0 {
		if w.ctx.Err() != nil {
			t.Fatal("a page that is gone is still listened for")
		}
	}
}
