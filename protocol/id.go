package protocol

import (
	crand "crypto/rand"
	"encoding/base64"
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

// NewID returns a fresh id: 60 random bits behind 36 that are this process's own.
// Ids are not secrets: they are unique, not unguessable. It is put together in two
// words, as single bytes would have to be written before they can be copied.
func NewID() (id ID) {
	const group = 1<<12 - 1
	n := rand.Uint64()
	head := processHead | uint64(idPairs[n>>48&group])<<48
	tail := uint64(idPairs[n>>36&group]) | uint64(idPairs[n>>24&group])<<16 |
		uint64(idPairs[n>>12&group])<<32 | uint64(idPairs[n&group])<<48
	binary.LittleEndian.PutUint64(id[:], head)
	binary.LittleEndian.PutUint64(id[8:], tail)
	return id
}

// processHead is the first six characters of this process's ids.
var processHead = func() uint64 {
	id := NewNodeID()
	return binary.LittleEndian.Uint64(id[:]) & (1<<48 - 1)
}()

// NewNodeID returns a random id from the system's source of randomness, for what
// lives as long as the process.
func NewNodeID() ID {
	var raw [12]byte
	_, _ = crand.Read(raw[:]) // never fails, says its documentation
	return ID([]byte(base64.URLEncoding.EncodeToString(raw[:])))
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// idPairs holds the two characters of each group of 12 bits, the first in the low
// byte.
var idPairs = func() (pairs [1 << 12]uint16) {
	for i := range pairs {
		pairs[i] = uint16(idAlphabet[i>>6]) | uint16(idAlphabet[i&63])<<8
	}
	return pairs
}()

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
