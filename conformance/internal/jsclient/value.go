// Package jsclient drives real Socket.IO clients, which live in a node process (clients/main.mjs).
package jsclient

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
)

// Undefined is JavaScript's undefined.
type Undefined struct{}

// decodeValue turns what clients/codec.mjs writes into nil, bool, float64, string, []byte, []any, map[string]any
// and Undefined.
func decodeValue(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		return decodeValues(v)
	case map[string]any:
		if special, ok, err := decodeSpecial(v); ok || err != nil {
			return special, err
		}
		m := make(map[string]any, len(v))
		for key, item := range v {
			decoded, err := decodeValue(item)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(key, "$$") {
				key = key[1:]
			}
			m[key] = decoded
		}
		return m, nil
	}
	return v, nil
}

func decodeValues(list []any) ([]any, error) {
	out := make([]any, len(list))
	for i, item := range list {
		decoded, err := decodeValue(item)
		if err != nil {
			return nil, err
		}
		out[i] = decoded
	}
	return out, nil
}

func decodeSpecial(m map[string]any) (v any, ok bool, err error) {
	if text, ok := m["$bin"].(string); ok {
		b, err := base64.StdEncoding.DecodeString(text)
		return b, true, err
	}
	if text, ok := m["$number"].(string); ok {
		f, err := number(text)
		return f, true, err
	}
	if m["$undefined"] == true {
		return Undefined{}, true, nil
	}
	return nil, false, nil
}

func number(text string) (float64, error) {
	switch text {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	var f float64
	if _, err := fmt.Sscan(text, &f); err != nil {
		return 0, fmt.Errorf("number %q of a client: %w", text, err)
	}
	return f, nil
}

// encodeValue writes what a client shall send in the form of clients/codec.mjs.
func encodeValue(v any) any {
	switch v := v.(type) {
	case []byte:
		return map[string]any{"$bin": base64.StdEncoding.EncodeToString(v)}
	case Undefined:
		return map[string]any{"$undefined": true}
	case []any:
		return encodeValues(v)
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, item := range v {
			if strings.HasPrefix(key, "$") {
				key = "$" + key
			}
			m[key] = encodeValue(item)
		}
		return m
	}
	return v
}

func encodeValues(list []any) []any {
	out := make([]any, len(list))
	for i, item := range list {
		out[i] = encodeValue(item)
	}
	return out
}
