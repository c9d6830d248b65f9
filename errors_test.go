//go:build !nocommon && !nomsgpack

package emitter_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/emittertest"
)

// Bad input gets an error that names the operation and the remedy, and nothing is
// sent.
func TestBadInputSendsNothing(t *testing.T) {
	ctx := context.Background()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	bad := string([]byte{'a', 0xff})
	type io = emitter.Emitter
	for name, c := range map[string]struct {
		op   func(io) error
		want error
		says string // what the message must contain
	}{
		"To of nothing":              {func(e io) error { return e.To().Emit(ctx, "a") }, emitter.ErrSelection, "To without rooms"},
		"In of nothing":              {func(e io) error { return e.In().Emit(ctx, "a") }, emitter.ErrSelection, "In without rooms"},
		"Within of nothing":          {func(e io) error { return e.Within().Disconnect(ctx) }, emitter.ErrSelection, "disconnect to /"},
		"To of an empty list":        {func(e io) error { return e.To([]string{}...).Emit(ctx, "a") }, emitter.ErrSelection, "To"},
		"an empty room":              {func(e io) error { return e.To("a", "").Emit(ctx, "a") }, emitter.ErrSelection, "can't be empty"},
		"a room that is not UTF-8":   {func(e io) error { return e.To(bad).Emit(ctx, "a") }, emitter.ErrSelection, `a\xff`},
		"an empty Except":            {func(e io) error { return e.Except("").Emit(ctx, "a") }, emitter.ErrSelection, "Except"},
		"Join without rooms":         {func(e io) error { return e.Join(ctx) }, emitter.ErrSelection, "Join without rooms"},
		"Leave without rooms":        {func(e io) error { return e.Leave(ctx) }, emitter.ErrSelection, "Leave without rooms"},
		"Join of an empty room":      {func(e io) error { return e.Join(ctx, "") }, emitter.ErrSelection, "can't be empty"},
		"Leave of a bad room":        {func(e io) error { return e.Leave(ctx, bad) }, emitter.ErrSelection, "UTF-8"},
		"ToSocket and To":            {func(e io) error { return e.ToSocket(sidA).To("a").Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"To and ToSocket":            {func(e io) error { return e.To("a").ToSocket(sidA).Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"ToSocket and Except":        {func(e io) error { return e.ToSocket(sidA).Except("a").Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"Except and ToSocket":        {func(e io) error { return e.Except("a").ToSocket(sidA).Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"two ToSocket":               {func(e io) error { return e.ToSocket(sidA).ToSocket(sidA).Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"ToSocket and ExceptSocket":  {func(e io) error { return e.ToSocket(sidA).ExceptSocket(sidB).Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"ExceptSocket and ToSocket":  {func(e io) error { return e.ExceptSocket(sidA).ToSocket(sidB).Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"two ExceptSocket":           {func(e io) error { return e.ExceptSocket(sidA).ExceptSocket(sidB).Emit(ctx, "a") }, emitter.ErrSelection, "exclude each other"},
		"two servers":                {func(e io) error { return e.ToServer(serverA).ToServer(serverB).Emit(ctx, "a") }, emitter.ErrSelection, serverB},
		"a ghost":                    {func(e io) error { return e.ToSocket(sidA).Join(ctx, "a") }, emitter.ErrSelection, "add ToServer, or use a Socket from Sockets"},
		"the first mistake is told":  {func(e io) error { return e.To("").ToServer("x").Emit(ctx, "a") }, emitter.ErrSelection, "can't be empty"},
		"a short socket id":          {func(e io) error { return e.ToSocket("abc").Emit(ctx, "a") }, emitter.ErrID, `"abc"`},
		"a bad socket id":            {func(e io) error { return e.ExceptSocket("AAAAAAAAAAAAAAA!").Emit(ctx, "a") }, emitter.ErrID, "ExceptSocket"},
		"a bad server id":            {func(e io) error { return e.ToServer("").Join(ctx, "a") }, emitter.ErrID, "ToServer"},
		"an empty event":             {func(e io) error { return e.Emit(ctx, "") }, emitter.ErrEvent, "empty"},
		"an event that is not UTF-8": {func(e io) error { return e.Emit(ctx, bad) }, emitter.ErrEvent, "UTF-8"},
		"connect":                    {func(e io) error { return e.Emit(ctx, "connect") }, emitter.ErrReservedEvent, `emit "connect" to /:`},
		"connect_error":              {func(e io) error { return e.Emit(ctx, "connect_error") }, emitter.ErrReservedEvent, "choose another name"},
		"disconnect":                 {func(e io) error { return e.Emit(ctx, "disconnect") }, emitter.ErrReservedEvent, ""},
		"disconnecting":              {func(e io) error { return e.Emit(ctx, "disconnecting") }, emitter.ErrReservedEvent, ""},
		"newListener":                {func(e io) error { return e.Emit(ctx, "newListener") }, emitter.ErrReservedEvent, ""},
		"removeListener":             {func(e io) error { return e.Emit(ctx, "removeListener") }, emitter.ErrReservedEvent, ""},
		"a reserved event, prepared": {func(e io) error { _, err := e.Prepare("disconnect"); return err }, emitter.ErrReservedEvent, `prepare "disconnect"`},
		"a namespace with #":         {func(e io) error { return e.Of("/a#b").Emit(ctx, "a") }, emitter.ErrNamespace, `"/a#b"`},
		"a namespace not UTF-8":      {func(e io) error { return e.Of(bad).Leave(ctx, "r") }, emitter.ErrNamespace, "UTF-8"},
		"an empty prefix":            {func(e io) error { return e.Prefix("").Emit(ctx, "a") }, emitter.ErrPrefix, `"socket.io"`},
		"a prefix with #":            {func(e io) error { return e.Prefix("a#").Emit(ctx, "a") }, emitter.ErrPrefix, "#"},
		"a prefix not UTF-8":         {func(e io) error { return e.Prefix(bad).Disconnect(ctx) }, emitter.ErrPrefix, "UTF-8"},
		"no context":                 {func(e io) error { return e.Emit(nil, "a") }, nil, "nil context"}, //nolint:staticcheck // that is what is tested
		"no context, join":           {func(e io) error { return e.Join(nil, "a") }, nil, "nil context"}, //nolint:staticcheck // that is what is tested
		"an ended context":           {func(e io) error { return e.Emit(ended, "a") }, context.Canceled, "canceled"},
		"an ended context, join":     {func(e io) error { return e.Join(ended, "a") }, context.Canceled, `join "a" to /`},
		"an empty Prepared":          {func(e io) error { return e.EmitPrepared(ctx, emitter.Prepared{}) }, emitter.ErrEvent, "Prepare"},
		"another parser's Prepared":  {emitOthersPrepared, emitter.ErrParser, "prepared with the msgpack parser"},
		"a channel":                  {func(e io) error { return e.Emit(ctx, "a", 1, make(chan int)) }, nil, "argument 1"},
		"a function within":          {func(e io) error { return e.Emit(ctx, "a", map[string]any{"f": func() {}}) }, nil, "argument 0 (.f)"},
		"NaN within":                 {func(e io) error { return e.Emit(ctx, "a", []any{1, map[string]any{"x": math.NaN()}}) }, nil, "argument 0 ([1].x)"},
		"no driver":                  {func(e io) error { return e.Via(nil).Emit(ctx, "a") }, emitter.ErrNoDriver, "New"},
		"a nil PublishFunc":          {func(e io) error { return e.Via(emitter.PublishFunc(nil)).Emit(ctx, "a") }, emitter.ErrNoDriver, ""},
		"the zero Emitter":           {func(io) error { return emitter.Emitter{}.Emit(ctx, "a") }, emitter.ErrNoDriver, ""},
		"built on the zero Emitter":  {func(io) error { return emitter.Emitter{}.Of("x").To("a").Join(ctx, "a") }, emitter.ErrNoDriver, "/x"},
		"zero Emitter, prepared":     {func(io) error { _, err := emitter.Emitter{}.Prepare("a"); return err }, emitter.ErrNoDriver, ""},
		"zero Emitter with a driver": {func(e io) error { return emitter.Emitter{}.Via(emittertest.NewRecorder()).Emit(ctx, "a") }, emitter.ErrNoDriver, ""},
	} {
		rec := emittertest.NewRecorder()
		err := c.op(emitter.New(rec))
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "emitter: ") {
			t.Errorf("%s: %v; want %v, saying %q", name, err, c.want, c.says)
		}
		if !emitter.SafeToRetry(err) {
			t.Errorf("%s: not safe to retry, but nothing was sent", name)
		}
		if n := len(rec.Requests()); n != 0 {
			t.Errorf("%s: %d requests sent", name, n)
		}
	}
}

func emitOthersPrepared(e emitter.Emitter) error {
	p, err := emitter.NewMsgpack(emittertest.NewRecorder()).Prepare("a")
	if err != nil {
		return err
	}
	return e.EmitPrepared(context.Background(), p)
}

func TestMessagesAboveTheLimit(t *testing.T) {
	rec := emittertest.NewRecorder()
	io := emitter.New(rec, emitter.WithMaxMessage(1000))
	err := io.Emit(t.Context(), "a", strings.Repeat("x", 1000))
	if !errors.Is(err, emitter.ErrTooLarge) || !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "WithMaxMessage") {
		t.Errorf("%v, want ErrTooLarge", err)
	}
	if err := io.Emit(t.Context(), "a", strings.Repeat("x", 900)); err != nil {
		t.Error(err)
	}
	if err := emitter.New(rec).Emit(t.Context(), "a", make([]byte, 4<<20)); !errors.Is(err, emitter.ErrTooLarge) {
		t.Errorf("%v, want ErrTooLarge above 4 MiB", err)
	}
	if n := len(rec.Requests()); n != 1 {
		t.Errorf("%d requests sent, want 1", n)
	}
}

func TestRequireServers(t *testing.T) {
	for _, servers := range []int{0, 1} {
		io := emitter.New(counting(servers), emitter.RequireServers())
		err := io.Of("chat").Emit(t.Context(), "a")
		if want := servers == 0; errors.Is(err, emitter.ErrNoServers) != want {
			t.Errorf("%d servers: %v", servers, err)
		}
	}
	if err := emitter.New(counting(0)).Emit(t.Context(), "a"); err != nil {
		t.Errorf("nobody listens, and nobody is required: %v", err)
	}
	called := false
	io := emitter.New(emitter.PublishFunc(func(context.Context, string, []byte) error { called = true; return nil }), emitter.RequireServers())
	if err := io.Emit(t.Context(), "a"); !errors.Is(err, emitter.ErrUnsupported) || called {
		t.Errorf("a driver that can't count: %v, called %v", err, called)
	}
}

func TestDriversErrorIsWrapped(t *testing.T) {
	cause := errors.New("backend is down")
	err := emitter.New(failing{cause}).Emit(t.Context(), "a")
	if !errors.Is(err, cause) || emitter.SafeToRetry(err) || err.Error() != `emitter: emit "a" to /: backend is down` {
		t.Errorf("%v, safe to retry %v", err, emitter.SafeToRetry(err))
	}
	err = emitter.New(failing{emitter.NotSent(cause)}).Join(t.Context(), "a")
	if !errors.Is(err, cause) || !emitter.SafeToRetry(err) {
		t.Errorf("%v, safe to retry %v", err, emitter.SafeToRetry(err))
	}
	if emitter.NotSent(nil) != nil || emitter.SafeToRetry(nil) {
		t.Error("NotSent of no error is an error")
	}
}
