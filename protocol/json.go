package protocol

import "strconv"

// appendJSONString appends s as a JSON string. What is not UTF-8 stays as it is.
func appendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}

func appendJSONStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONString(dst, s)
	}
	return append(dst, ']')
}

func appendJSONID(dst []byte, id *ID) []byte {
	if *id == (ID{}) {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = append(dst, id[:]...)
	return append(dst, '"')
}

// jsonBytes holds each byte's number and a comma behind it.
var jsonBytes = func() (list [256]struct {
	text [4]byte
	len  uint8
}) {
	for i := range list {
		text := append(strconv.AppendInt(nil, int64(i), 10), ',')
		list[i].len = uint8(copy(list[i].text[:], text))
	}
	return list
}()

// appendJSONNumbers appends bytes as numbers, a comma behind each. All four bytes of
// an entry are written and those beyond its length overwritten, which costs no
// branch.
func appendJSONNumbers(dst, b []byte) []byte {
	for _, c := range b {
		n := &jsonBytes[c]
		dst = append(dst, n.text[:]...)
		dst = dst[:len(dst)-4+int(n.len)]
	}
	return dst
}

// closeJSONArray closes an array whose elements have a comma behind each.
func closeJSONArray(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		dst[len(dst)-1] = ']'
		return dst
	}
	return append(dst, ']')
}

// appendJSON appends the value as servers do: the kind, the bytes as an array of
// integers, and null or such an array for each attachment.
func (v *Value) appendJSON(dst []byte) []byte {
	dst = append(dst, '[', '0'+byte(v.Kind), ',', '[')
	from := 0
	for i := range v.Splices {
		s := &v.Splices[i]
		dst = appendJSONNumbers(dst, v.Data[from:s.At])
		dst = appendJSONNumbers(dst, s.Bytes)
		from = s.At
	}
	dst = closeJSONArray(appendJSONNumbers(dst, v.Data[from:]))
	if v.Attachments == nil {
		return append(dst, ",null]"...)
	}
	dst = append(dst, ',', '[')
	for _, a := range v.Attachments {
		dst = closeJSONArray(appendJSONNumbers(append(dst, '['), a))
		dst = append(dst, ',')
	}
	return append(closeJSONArray(dst), ']')
}
