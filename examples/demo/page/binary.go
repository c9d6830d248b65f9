package page

import (
	"encoding/base64"
	"fmt"
)

// The form writes a binary as {"$bin": base64}, and an object that looks like one,
// or like this, as {"$esc": object}.
const (
	binKey = "$bin"
	escKey = "$esc"
)

// binaries puts bytes in the place of what stands for them. Numbers keep their digits.
func binaries(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, arg := range args {
		var err error
		if out[i], err = toBinary(arg); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return out, nil
}

func toBinary(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		out, err := binaries(v)
		return out, err
	case map[string]any:
		if len(v) == 1 {
			if text, ok := v[binKey]; ok {
				return decodeBinary(text)
			}
			if inner, ok := v[escKey].(map[string]any); ok {
				return membersToBinary(inner)
			}
		}
		return membersToBinary(v)
	}
	return v, nil
}

func membersToBinary(m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	for k := range m {
		var err error
		if out[k], err = toBinary(m[k]); err != nil {
			return nil, fmt.Errorf(".%s: %w", k, err)
		}
	}
	return out, nil
}

func decodeBinary(v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf(`%s must be base64 text, not %v; an object that looks like this is written {"%s": {…}}`, binKey, v, escKey)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", binKey, err)
	}
	return data, nil
}

// fromBinary is the way back.
func fromBinary(v any) any {
	switch v := v.(type) {
	case []byte:
		return map[string]any{binKey: base64.StdEncoding.EncodeToString(v)}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fromBinary(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = fromBinary(v[k])
		}
		_, bin := v[binKey]
		_, esc := v[escKey]
		if len(v) == 1 && (bin || esc) {
			return map[string]any{escKey: out}
		}
		return out
	}
	return v
}
