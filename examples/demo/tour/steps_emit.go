package tour

import "context"

// Story is an argument like a user's own.
type Story struct {
	Title string   `json:"title"`
	Tags  []string `json:"tags,omitempty"`
	Cover []byte   `json:"cover,omitempty"`
}

func (t *Tour) emits() chapter {
	io, packed, bare := t.io, t.packed, t.bare
	story := Story{Title: "Rain", Tags: []string{"weather"}, Cover: []byte{0xca, 0xfe}}
	told := map[string]any{"title": "Rain", "tags": []any{"weather"}, "cover": []byte{0xca, 0xfe}}
	pages := map[string]any{"pages": []any{[]byte{1}, map[string]any{"scan": []byte{2, 3}}}}
	const all = "ann bob cid dot"
	return chapter{title: "Events and arguments", file: "steps_emit.go", steps: []step{
		{
			do:   func(ctx context.Context) error { return io.Emit(ctx, "hello", "world") },
			want: got{all: {say("hello", "world")}},
		},
		{
			do:   func(ctx context.Context) error { return io.Emit(ctx, "tick") },
			want: got{all: {say("tick")}},
		},
		{
			do:   func(ctx context.Context) error { return io.Emit(ctx, "score", 3, 1.5, true, nil, []string{"a", "ü"}) },
			want: got{all: {say("score", 3.0, 1.5, true, nil, []any{"a", "ü"})}},
		},
		{
			do:   func(ctx context.Context) error { return io.Emit(ctx, "image", []byte{0xca, 0xfe}) },
			want: got{all: {say("image", []byte{0xca, 0xfe})}},
			note: "[]byte arrives as a binary",
		},
		{
			do:   func(ctx context.Context) error { return io.Emit(ctx, "album", pages) },
			want: got{all: {say("album", pages)}},
			note: "at any depth",
		},
		{
			do:   func(ctx context.Context) error { return io.Emit(ctx, "story", story) },
			want: got{all: {say("story", told)}},
			note: "structs and their tags as in encoding/json",
		},
		{
			do:   func(ctx context.Context) error { return packed.Emit(ctx, "story", story) },
			want: got{"gil hal": {say("story", told)}},
			note: "packed: NewMsgpack with WithPrefix(\"msgpack\"), another cluster",
		},
		{
			do:   func(ctx context.Context) error { return bare.Prefix("msgpack").Emit(ctx, "album", pages) },
			want: got{"gil hal": {say("album", pages)}},
			note: "bare: NewMsgpack alone",
		},
		{
			do:   func(ctx context.Context) error { return io.Volatile().Emit(ctx, "mouse", 10, 20) },
			want: got{all: {say("mouse", 10.0, 20.0)}},
			note: "a client that is not ready may miss it",
		},
	}}
}
