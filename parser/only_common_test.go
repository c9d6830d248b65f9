//go:build !nocommon && nomsgpack

package parser

import (
	"strings"
	"testing"

	"github.com/sioxide/emitter/protocol"
)

// TestOnlyCommon: a build without the msgpack parser encodes and reads with the
// other, and says what it can't read.
func TestOnlyCommon(t *testing.T) {
	var b Buffer
	v, err := b.Common("e", []any{1, []byte("x"), map[string][]int{"a": {1}}})
	if err != nil || string(v.Data) != `["e",1,{"_placeholder":true,"num":0},{"a":[1]}]` {
		t.Errorf("%s, %v", v.Data, err)
	}
	if args, err := Args(&v); err != nil || len(args) != 4 {
		t.Errorf("%v, %v", args, err)
	}
	if _, err := Args(&protocol.Value{Kind: protocol.Binary, Data: []byte("\x90")}); err == nil || !strings.Contains(err.Error(), "does not have") {
		t.Error(err)
	}
}
