//go:build !nocommon || !nomsgpack

package parser

import (
	"encoding/json"
	"errors"
	"math"
)

// exact is the range of the integers that float64 holds without a gap.
const exact = 1 << 53

// isWhole tells whether f is an integer that can be written as one and read as
// the same float64; -0 is not.
func isWhole(f float64) (int64, bool) {
	if !(f > -exact && f < exact) {
		return 0, false
	}
	i := int64(f)
	return i, float64(i) == f && (i != 0 || !math.Signbit(f))
}

func checkFloat(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return errFloat(f)
	}
	return nil
}

// numberText returns the text of a json.Number; its zero value is 0, as in
// encoding/json.
func numberText(n json.Number) ([]byte, error) {
	if n == "" {
		n = "0"
	}
	s := bytesOf(string(n))
	end, err := lexNumber(s, 0)
	if err == nil && end == len(s) {
		return s, nil
	}
	if syntax := (*syntaxError)(nil); err == nil || errors.As(err, &syntax) {
		err = errNumber(string(n))
	}
	return nil, err
}
