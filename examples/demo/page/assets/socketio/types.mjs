// Packet types, as the protocol numbers them. Both parsers give the binary ones as
// event and ack.
export const type = { connect: 0, disconnect: 1, event: 2, ack: 3, connectError: 4, binaryEvent: 5, binaryAck: 6 };
