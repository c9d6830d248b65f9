//go:build nocommon && !nomsgpack

package parser

import (
	"strings"
	"testing"

	"github.com/sioxide/emitter/protocol"
)

// TestOnlyMsgpack: a build without the common parser encodes and reads with the
// other, and says what it can't read.
func TestOnlyMsgpack(t *testing.T) {
	var b Buffer
	v, err := b.Msgpack("e", []any{1, []byte("x"), map[string][]int{"a": {1}}})
	if err != nil || string(v.Data) != "\x94\xa1e\x01\xc4\x01x\x81\xa1a\x91\x01" {
		t.Errorf("%q, %v", v.Data, err)
	}
	if args, err := Args(&v); err != nil || len(args) != 4 {
		t.Errorf("%v, %v", args, err)
	}
	if _, err := Args(&protocol.Value{Data: []byte("[]")}); err == nil || !strings.Contains(err.Error(), "does not have") {
		t.Error(err)
	}
}
