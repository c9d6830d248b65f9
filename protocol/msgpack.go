package protocol

import "encoding/binary"

// Formats of msgpack that the messages use (msgpack specification, "Formats").
const (
	mpNil      = 0xc0
	mpFalse    = 0xc2
	mpTrue     = 0xc3
	mpBin8     = 0xc4
	mpExt8     = 0xc7
	mpFloat32  = 0xca
	mpUint8    = 0xcc
	mpInt8     = 0xd0
	mpFixExt1  = 0xd4
	mpFixExt16 = 0xd8
	mpStr8     = 0xd9
	mpArray16  = 0xdc
	mpArray32  = 0xdd
	mpMap16    = 0xde
	mpMap32    = 0xdf
	mpFixArray = 0x90
	mpFixMap   = 0x80
	mpFixStr   = 0xa0
)

func appendUint(dst []byte, n uint64) []byte {
	switch {
	case n < 1<<7:
		return append(dst, byte(n))
	case n < 1<<8:
		return append(dst, mpUint8, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, mpUint8+1), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(dst, mpUint8+2), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, mpUint8+3), n)
}

func appendArrayHeader(dst []byte, n int) []byte {
	switch {
	case n < 16:
		return append(dst, mpFixArray|byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, mpArray16), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, mpArray32), uint32(n))
}

func appendString(dst []byte, s string) []byte {
	n := len(s)
	switch {
	case n < 32:
		dst = append(dst, mpFixStr|byte(n))
	case n < 1<<8:
		dst = append(dst, mpStr8, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, mpStr8+1), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, mpStr8+2), uint32(n))
	}
	return append(dst, s...)
}

func appendStrings(dst []byte, list []string) []byte {
	dst = appendArrayHeader(dst, len(list))
	for _, s := range list {
		dst = appendString(dst, s)
	}
	return dst
}

func appendBinHeader(dst []byte, n int) []byte {
	switch {
	case n < 1<<8:
		return append(dst, mpBin8, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, mpBin8+1), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, mpBin8+2), uint32(n))
}

func appendID(dst []byte, id *ID) []byte {
	if *id == (ID{}) {
		return append(dst, mpNil)
	}
	dst = append(dst, mpFixStr|IDLen)
	return append(dst, id[:]...)
}

func uintLen(n uint64) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<8:
		return 2
	case n < 1<<16:
		return 3
	case n < 1<<32:
		return 5
	}
	return 9
}

func arrayHeaderLen(n int) int {
	switch {
	case n < 16:
		return 1
	case n < 1<<16:
		return 3
	}
	return 5
}

func stringLen(n int) int {
	switch {
	case n < 32:
		return 1 + n
	case n < 1<<8:
		return 2 + n
	case n < 1<<16:
		return 3 + n
	}
	return 5 + n
}

func stringsLen(list []string) int {
	n := arrayHeaderLen(len(list))
	for _, s := range list {
		n += stringLen(len(s))
	}
	return n
}

func binLen(n int) int {
	switch {
	case n < 1<<8:
		return 2 + n
	case n < 1<<16:
		return 3 + n
	}
	return 5 + n
}

func idLen(id *ID) int {
	if *id == (ID{}) {
		return 1
	}
	return 1 + IDLen
}
