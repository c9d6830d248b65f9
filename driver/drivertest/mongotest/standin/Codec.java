import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;

import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.BsonConstants;
import de.bwaldvogel.mongo.wire.MongoWireMessageEncoder;
import de.bwaldvogel.mongo.wire.MongoWireProtocolHandler;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import de.bwaldvogel.mongo.wire.message.ClientRequest;
import de.bwaldvogel.mongo.wire.message.MessageHeader;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;

/**
 * Reads and writes messages as the library does, but an array of small numbers, as which servers
 * carry bytes, in a byte each: the library makes a map with a string for every one.
 */
final class Codec {
    private static final int OP_MSG = 2013;

    private Codec() { }

    /** An array of int32 from 0 to 255. */
    private static final class Numbers extends AbstractList<Integer> implements RandomAccess {
        private final byte[] bytes;

        Numbers(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public Integer get(int i) {
            return bytes[i] & 0xff;
        }

        @Override
        public int size() {
            return bytes.length;
        }
    }

    static final class Reader extends MongoWireProtocolHandler {
        @Override
        protected ClientRequest decode(ChannelHandlerContext ctx, ByteBuf in) throws Exception {
            int start = in.readerIndex();
            if (in.readableBytes() < 21 || in.getIntLE(start + 12) != OP_MSG || in.getIntLE(start + 16) != 0) {
                return super.decode(ctx, in);
            }
            int length = in.getIntLE(start);
            if (in.readableBytes() < length) {
                return null;
            }
            MessageHeader header = new MessageHeader(length, in.getIntLE(start + 4), in.getIntLE(start + 8));
            in.readerIndex(start + 20);
            Document body = new Document();
            while (in.readerIndex() < start + length) {
                if (in.readByte() == MongoMessage.SECTION_KIND_BODY) {
                    body.putAll(document(in));
                    continue;
                }
                int end = in.readerIndex() + in.getIntLE(in.readerIndex());
                in.skipBytes(4);
                String name = BsonDecoder.decodeCString(in);
                List<Document> documents = new ArrayList<>();
                while (in.readerIndex() < end) {
                    documents.add(document(in));
                }
                body.put(name, documents);
            }
            return new MongoMessage(ctx.channel(), header, body);
        }

        private static Document document(ByteBuf in) {
            in.skipBytes(4); // its length
            Document document = new Document();
            for (byte type; (type = in.readByte()) != BsonConstants.TERMINATING_BYTE;) {
                String name = BsonDecoder.decodeCString(in);
                document.put(name, switch (type) {
                    case BsonConstants.TYPE_EMBEDDED_DOCUMENT -> document(in);
                    case BsonConstants.TYPE_ARRAY -> array(in);
                    default -> BsonDecoder.decodeValue(type, in);
                });
            }
            return document;
        }

        private static List<?> array(ByteBuf in) {
            int start = in.readerIndex();
            int end = start + in.getIntLE(start);
            byte[] bytes = new byte[(end - start) / 7];
            int n = 0;
            int at = start + 4;
            while (in.getByte(at) == BsonConstants.TYPE_INT32) {
                at = in.indexOf(at, end, (byte) 0) + 1;
                int value = in.getIntLE(at);
                if (value < 0 || value > 255) {
                    break;
                }
                bytes[n++] = (byte) value;
                at += 4;
            }
            if (n > 0 && at == end - 1) {
                in.readerIndex(end);
                return new Numbers(Arrays.copyOf(bytes, n));
            }
            return new ArrayList<>(document(in).values());
        }
    }

    static final class Writer extends MongoWireMessageEncoder {
        @Override
        protected void encode(ChannelHandlerContext ctx, MongoMessage message, ByteBuf out) {
            int start = out.writerIndex();
            out.writeIntLE(0);
            out.writeIntLE(message.getHeader().getRequestID());
            out.writeIntLE(message.getHeader().getResponseTo());
            out.writeIntLE(OP_MSG);
            out.writeIntLE(message.getFlags());
            out.writeByte(MongoMessage.SECTION_KIND_BODY);
            document(message.getDocument(), out);
            out.setIntLE(start, out.writerIndex() - start);
        }

        private static void document(Map<String, ?> document, ByteBuf out) {
            int start = begin(out);
            document.forEach((name, value) -> element(name, value, out));
            end(start, out);
        }

        private static void element(String name, Object value, ByteBuf out) {
            if (value instanceof Document d) {
                head(BsonConstants.TYPE_EMBEDDED_DOCUMENT, name, out);
                document(d, out);
            } else if (value instanceof List<?> list) {
                head(BsonConstants.TYPE_ARRAY, name, out);
                array(list, out);
            } else {
                ByteBuf alone = Unpooled.buffer();
                BsonEncoder.encodeDocument(new Document(name, value), alone);
                out.writeBytes(alone, 4, alone.readableBytes() - 5);
            }
        }

        private static void array(List<?> list, ByteBuf out) {
            int start = begin(out);
            for (int i = 0; i < list.size(); i++) {
                if (list instanceof Numbers numbers) {
                    head(BsonConstants.TYPE_INT32, Integer.toString(i), out);
                    out.writeIntLE(numbers.bytes[i] & 0xff);
                } else {
                    element(Integer.toString(i), list.get(i), out);
                }
            }
            end(start, out);
        }

        private static int begin(ByteBuf out) {
            out.writeIntLE(0);
            return out.writerIndex() - 4;
        }

        private static void end(int start, ByteBuf out) {
            out.writeByte(BsonConstants.TERMINATING_BYTE);
            out.setIntLE(start, out.writerIndex() - start);
        }

        private static void head(byte type, String name, ByteBuf out) {
            out.writeByte(type);
            out.writeCharSequence(name, StandardCharsets.UTF_8);
            out.writeByte(0);
        }
    }
}
