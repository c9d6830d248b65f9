package protocol

import (
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
)

// IDLen is the number of characters in the text of an ID.
const IDLen = 16

// ID names a server process, a socket or a request: 16 characters of the
// alphabet A-Z a-z 0-9 - _, which are base64url of 12 random bytes
// (engineioxide-core, src/sid.rs; socketioxide-core, src/lib.rs: Uid). The zero
// ID stands for "none".
type ID [IDLen]byte

// ErrID is wrapped by the errors of ParseID.
var ErrID = errors.New("not an id of 16 characters of A-Z a-z 0-9 - _")

// NewID returns a random id. Ids are not secrets: they are unique, not
// unguessable.
func NewID() ID {
	var raw [12]byte
	binary.LittleEndian.PutUint64(raw[:], rand.Uint64())
	binary.LittleEndian.PutUint32(raw[8:], rand.Uint32())
	return encodeID(&raw)
}

// NewNodeID returns a random id from the system's source of randomness, for what
// lives as long as the process.
func NewNodeID() ID {
	var raw [12]byte
	_, _ = crand.Read(raw[:]) // never fails, says its documentation
	return encodeID(&raw)
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// idPairs holds the two characters of each group of 12 bits, so that an id takes
// eight steps in place of sixteen.
var idPairs = func() (pairs [1 << 12][2]byte) {
	for i := range pairs {
		pairs[i] = [2]byte{idAlphabet[i>>6], idAlphabet[i&63]}
	}
	return pairs
}()

// encodeID is base64.URLEncoding of 12 bytes.
func encodeID(raw *[12]byte) ID {
	var id ID
	for i, o := 0, 0; i < 12; i, o = i+3, o+4 {
		v := uint32(raw[i])<<16 | uint32(raw[i+1])<<8 | uint32(raw[i+2])
		a, b := idPairs[v>>12], idPairs[v&(1<<12-1)]
		id[o], id[o+1], id[o+2], id[o+3] = a[0], a[1], b[0], b[1]
	}
	return id
}

// ParseID checks the text of an id. Servers lose a whole request whose ids have
// another length or alphabet. The error wraps ErrID.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != IDLen || !validID(s) {
		return id, fmt.Errorf("%q is %w", clip(s), ErrID)
	}
	copy(id[:], s)
	return id, nil
}

func validID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// clip keeps a refused text short enough for an error message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// IsZero tells whether id is the zero ID, which stands for "none".
func (id ID) IsZero() bool { return id == ID{} }

// String returns the 16 characters, or "" for the zero ID.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	return string(id[:])
}
