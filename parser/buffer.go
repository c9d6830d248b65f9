package parser

import "github.com/sioxide/emitter/protocol"

// keepBytes is the most memory that a Buffer keeps for the next use.
const keepBytes = 1 << 20

// Buffer is the memory of an encoding, to be used again. The zero Buffer is
// ready. The value that it returns aliases the buffer and the arguments until the
// next call, or until Reset. A Buffer serves one goroutine at a time.
type Buffer struct {
	data        []byte
	splices     []protocol.Splice
	attachments [][]byte
	coding
}

// Reset drops all references to the caller's memory, and the buffer's own where
// it is more than 1 MiB.
func (b *Buffer) Reset() {
	b.begin()
	if cap(b.data) > keepBytes {
		b.data = nil
	}
	if cap(b.splices) > keepBytes/32 {
		b.splices = nil
	}
	if cap(b.attachments) > keepBytes/24 {
		b.attachments = nil
	}
	b.coding.shrink()
}

// begin forgets the last encoding, also one that a panic of the caller's code
// broke off.
func (b *Buffer) begin() {
	b.data = b.data[:0]
	clear(b.splices)
	b.splices = b.splices[:0]
	clear(b.attachments)
	b.attachments = b.attachments[:0]
	b.coding.begin()
}
