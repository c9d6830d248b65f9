package pgxdriver_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
	"github.com/sioxide/emitter/protocol"
)

// vector is what a real server notified for a call of its own.
type vector struct {
	Case, Parser, Channel, Payload string
	Ctl                            struct {
		Op, Event        string
		To, Except, Join []string
		Args             []json.RawMessage
	}
	AttachmentHex string `json:"attachment_hex"`
}

func readVectors(t testing.TB) (all []vector) {
	t.Helper()
	f, err := os.Open("../../protocol/testdata/postgres.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if lines.Err() != nil || len(all) != 16 {
		t.Fatalf("%d vectors, want 16: %v", len(all), lines.Err())
	}
	return all
}

// recorder is a DB that keeps the arguments of statements.
type recorder struct{ args []any }

func (r *recorder) Exec(_ context.Context, _ string, args ...any) (pgconn.CommandTag, error) {
	r.args = args
	return pgconn.CommandTag{}, nil
}
func (*recorder) Query(context.Context, string, ...any) (pgx.Rows, error) { panic("not used") }
func (*recorder) QueryRow(context.Context, string, ...any) pgx.Row        { panic("not used") }
func (*recorder) Begin(context.Context) (pgx.Tx, error)                   { panic("not used") }

// request decodes what a vector carries.
func (v *vector) request(t *testing.T) *protocol.Request {
	t.Helper()
	n, err := pgxdriver.Decode(v.Payload)
	if err != nil {
		t.Fatal(err)
	}
	if n.Attachment == nil {
		return n.Request
	}
	body, err := hex.DecodeString(v.AttachmentHex)
	if err != nil {
		t.Fatal(err)
	}
	req, err := n.Attachment.DecodeRequest(body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestGoldenVectorsOfServers(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Case+" "+v.Parser, func(t *testing.T) {
			db := new(recorder)
			v.play(t, db)
			if db.args[0] != v.Channel {
				t.Errorf("channel %v, want %s", db.args[0], v.Channel)
			}
			want, got := v.request(t), (*protocol.Request)(nil)
			if len(db.args) == 2 {
				n, err := pgxdriver.Decode(db.args[1].(string))
				if err != nil {
					t.Fatal(err)
				}
				got = n.Request
			} else {
				if head := db.args[1].(string); !strings.HasPrefix(head, `{"RequestWithAttachment":{"node_id":"`) || !strings.HasSuffix(head, `","is_binary":true,"id":`) {
					t.Errorf("head %s", head)
				}
				var err error
				if got, err = protocol.DecodeRequest(db.args[2].([]byte)); err != nil {
					t.Fatal(err)
				}
			}
			got.Node, got.ID = want.Node, want.ID
			if !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

// asQuestion sends events as questions.
type asQuestion struct{ driver *pgxdriver.Driver }

func (a asQuestion) Send(ctx context.Context, req *protocol.Request) (int, error) {
	question := *req
	question.Type = protocol.BroadcastWithAck
	return a.driver.Send(ctx, &question)
}

// play makes the call of a vector. Questions go to the driver as they are: through the
// core they would be waited for.
func (v *vector) play(t *testing.T, db pgxdriver.DB) {
	t.Helper()
	d := pgxdriver.New(db)
	io := emitter.New(d)
	if v.Parser == "msgpack" {
		io = emitter.NewMsgpack(d)
	}
	if len(v.Ctl.To) > 0 {
		io = io.To(v.Ctl.To...)
	}
	io = io.Except(v.Ctl.Except...)
	var args []any
	for _, raw := range v.Ctl.Args {
		var binary struct {
			Hex string `json:"$hex"`
		}
		if json.Unmarshal(raw, &binary) == nil && binary.Hex != "" {
			b, _ := hex.DecodeString(binary.Hex)
			args = append(args, b)
			continue
		}
		args = append(args, raw)
	}
	var err error
	switch v.Ctl.Op {
	case "":
		err = io.Emit(t.Context(), v.Ctl.Event, args...)
	case "emit_ack":
		err = io.Via(asQuestion{d}).Emit(t.Context(), v.Ctl.Event, args...)
	case "join":
		err = io.Join(t.Context(), v.Ctl.Join...)
	case "disconnect":
		err = io.Disconnect(t.Context())
	case "rooms":
		req := &protocol.Request{
			Prefix: emitter.DefaultPrefix, Namespace: "/", Node: protocol.NewNodeID(), ID: protocol.NewID(), Type: protocol.AllRooms,
			Opts: protocol.Opts{Flags: protocol.FlagBroadcast, Rooms: v.Ctl.To},
		}
		_, err = d.Send(t.Context(), req)
	default:
		t.Fatalf("unknown op %q", v.Ctl.Op)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzDecodeNotification(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(v.Payload)
	}
	const ids = `"req_id":"IIIIIIIIIIIIIIII","node_id":"NNNNNNNNNNNNNNNN"`
	for _, s := range []string{
		"", "null", "{}", "[]", `{"Request":null}`, `{"Request":{"node_id":"N"}}`, `{"RequestWithAttachment":{"node_id":"NNNNNNNNNNNNNNNN"}}`,
		`{` + ids + `,"payload":{"Data":{"node_id":"NNNNNNNNNNNNNNNN","type":[2,["a"]]}}}`,
		`{` + ids + `,"payload":{"Attachment":{"id":7,"is_binary":true}}}`,
		`{` + ids + `,"payload":{}}`, `{` + ids + `,"payload":{"Attachment":{}}}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		n, err := pgxdriver.Decode(payload)
		if err != nil {
			return
		}
		set := 0
		for _, is := range []bool{n.Request != nil, n.Response != nil, n.Attachment != nil} {
			if is {
				set++
			}
		}
		if set != 1 || n.Node.IsZero() || n.Response != nil && n.Response.Request != n.Question {
			t.Errorf("%q is decoded as %+v", payload, n)
		}
	})
}
