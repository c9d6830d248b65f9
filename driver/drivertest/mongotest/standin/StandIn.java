import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.AbstractCursor;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.Cursor;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.aggregation.Aggregation;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.oplog.Oplog;
import de.bwaldvogel.mongo.wire.MongoDatabaseHandler;
import de.bwaldvogel.mongo.wire.MongoExceptionHandler;
import de.bwaldvogel.mongo.wire.MongoWireReplyEncoder;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;

/**
 * Speaks as much of MongoDB as drivers and servers of this project use: inserts, also in
 * transactions and repeated ones, and change streams. What it can't do is in the documentation of
 * package mongotest.
 *
 * <p>Arguments: port [--no-oplog] [--history N] [--deny COMMAND]…. It writes "ready" when it answers, and ends when
 * its standard input does.
 */
public final class StandIn extends MemoryBackend {
    private static final int WIRE_VERSION = 9; // of MongoDB 4.4
    private static final int MAX_HISTORY_ELEMENTS = 256 << 20; // array elements, a byte each

    private final String address;
    private final History history; // null: a deployment without change streams
    private final Map<Object, Session> sessions = new ConcurrentHashMap<>();
    private final Map<String, Object> capped = new ConcurrentHashMap<>(); // sizes, by database.collection
    private final Set<String> denied; // commands, in lower case

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        boolean oplog = true;
        int history = 200_000;
        Set<String> denied = new HashSet<>();
        for (int i = 1; i < args.length; i++) {
            switch (args[i]) {
                case "--no-oplog" -> oplog = false;
                case "--deny" -> denied.add(args[++i].toLowerCase(Locale.ROOT));
                case "--history" -> history = Integer.parseInt(args[++i]);
                default -> throw new IllegalArgumentException(args[i]);
            }
        }
        new StandIn("127.0.0.1:" + port, oplog ? history : 0, denied).serve(new InetSocketAddress("127.0.0.1", port));
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // until whoever started it is gone
        }
        System.exit(0);
    }

    private StandIn(String address, int maxHistory, Set<String> denied) {
        this.address = address;
        this.denied = denied;
        this.history = maxHistory > 0 ? new History(maxHistory, getCursorRegistry()) : null;
        this.oplog = this.history != null ? this.history : this.oplog;
    }

    /** A thread for each connection, as one that waits for events must not keep others waiting. */
    private void serve(InetSocketAddress at) {
        DefaultChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        new ServerBootstrap()
            .group(new MultiThreadIoEventLoopGroup(16, NioIoHandler.newFactory()))
            .channel(NioServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                @Override
                protected void initChannel(SocketChannel ch) {
                    DefaultEventExecutor thread = new DefaultEventExecutor();
                    ch.closeFuture().addListener(f -> thread.shutdownGracefully(0, 1, TimeUnit.SECONDS));
                    ch.config().setTcpNoDelay(true);
                    ch.pipeline()
                        .addLast(new MongoWireReplyEncoder(), new Codec.Writer(), new Codec.Reader())
                        .addLast(thread, new MongoDatabaseHandler(StandIn.this, connections), new MongoExceptionHandler());
                }
            })
            .bind(at).syncUninterruptibly();
    }

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
        return new MemoryDatabase(name, getCursorRegistry()) {
            @Override
            protected MemoryCollection openOrCreateCollection(String collection, CollectionOptions options) {
                return new MemoryCollection(this, collection, options, cursorRegistry) {
                    @Override
                    protected boolean tracksDataSize() {
                        return false; // it would write each document for it
                    }
                };
            }
        };
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        boolean inTransaction = Boolean.FALSE.equals(query.get("autocommit"));
        if (denied.contains(command.toLowerCase(Locale.ROOT))) {
            throw new MongoServerError(13, "Unauthorized", "not authorized on " + database + " to execute command " + command);
        }
        switch (command.toLowerCase(Locale.ROOT)) {
            case "hello", "ismaster" -> {
                return hello(super.handleCommand(channel, database, "ismaster", query));
            }
            case "insert" -> {
                return session(query).insert(database, query, inTransaction);
            }
            case "committransaction" -> {
                return session(query).commit(query);
            }
            case "aborttransaction" -> {
                return session(query).abort(query);
            }
            case "endsessions" -> {
                for (Object id : (List<?>) query.get("endSessions")) {
                    sessions.remove(((Document) id).get("id"));
                }
                return ok();
            }
            case "create" -> {
                if (!inTransaction) {
                    return create(channel, database, command, query);
                }
            }
            case "drop" -> capped.remove(database + "." + query.get(command));
            case "dropdatabase" -> capped.keySet().removeIf(name -> name.startsWith(database + "."));
            case "listcollections" -> {
                return tellCapped(database, super.handleCommand(channel, database, command, query));
            }
            default -> { }
        }
        if (inTransaction) {
            throw new MongoServerError(263, "OperationNotSupportedInTransaction", "Cannot run '" + command + "' in a multi-document transaction.");
        }
        if (!command.equals("aggregate") || !isChangeStream(query)) {
            return super.handleCommand(channel, database, command, query);
        }
        if (history == null) {
            throw new MongoServerError(40573, "The $changeStream stage is only supported on replica sets");
        }
        return withResumeToken(super.handleCommand(channel, database, command, query));
    }

    /** A capped collection that is made again with the same size is taken for success, as MongoDB does. */
    private Document create(Channel channel, String database, String command, Document query) {
        Object size = query.remove("size");
        if (!Boolean.TRUE.equals(query.remove("capped"))) {
            return super.handleCommand(channel, database, command, query);
        }
        String collection = database + "." + query.get(command);
        if (size.equals(capped.get(collection))) {
            return ok();
        }
        Document made = super.handleCommand(channel, database, command, query);
        capped.put(collection, size);
        return made;
    }

    private Document hello(Document reply) {
        reply.put("maxWireVersion", WIRE_VERSION);
        reply.put("isWritablePrimary", true);
        reply.put("logicalSessionTimeoutMinutes", 30);
        if (history != null) {
            reply.put("setName", "rs0");
            reply.put("setVersion", 1);
            reply.put("secondary", false);
            reply.put("hosts", List.of(address));
            reply.put("primary", address);
            reply.put("me", address);
        }
        return reply;
    }

    /** Nothing is removed from them, but how they were made is told. */
    @SuppressWarnings("unchecked")
    private Document tellCapped(String database, Document reply) {
        for (Document collection : (List<Document>) ((Document) reply.get("cursor")).get("firstBatch")) {
            Object size = capped.get(database + "." + collection.get("name"));
            if (size != null) {
                collection.put("options", new Document("capped", true).append("size", size));
            }
        }
        return reply;
    }

    private static boolean isChangeStream(Document query) {
        return query.get("pipeline") instanceof List<?> stages && !stages.isEmpty()
            && stages.get(0) instanceof Document first && first.containsKey("$changeStream");
    }

    /** Waits for events, as MongoDB does, for maxTimeMS and without it for a second. */
    @Override
    protected Document handleGetMore(String database, String command, Document query) {
        long id = ((Number) query.get(command)).longValue();
        if (!(getCursorRegistry().getCursor(id) instanceof ChangeCursor cursor)) {
            return super.handleGetMore(database, command, query);
        }
        long wait = ((Number) query.getOrDefault("maxTimeMS", 1000)).longValue();
        cursor.await(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(wait));
        return withResumeToken(super.handleGetMore(database, command, query), cursor);
    }

    private Document withResumeToken(Document reply) {
        long id = ((Number) ((Document) reply.get("cursor")).get("id")).longValue();
        return withResumeToken(reply, (ChangeCursor) getCursorRegistry().getCursor(id));
    }

    private static Document withResumeToken(Document reply, ChangeCursor cursor) {
        ((Document) reply.get("cursor")).put("postBatchResumeToken", cursor.token());
        return reply;
    }

    private static Document ok() {
        return new Document("ok", 1.0);
    }

    private Session session(Document query) {
        if (!query.containsKey("txnNumber")) {
            return new Session();
        }
        return sessions.computeIfAbsent(((Document) query.get("lsid")).get("id"), id -> new Session());
    }

    /** What is known of a client's session. Commands of one session are taken one at a time. */
    private final class Session {
        private long number = -1; // of the last transaction or repeatable insert
        private Document reply; // to that insert, or to that transaction's commit
        private List<Runnable> pending = List.of(); // inserts of the open transaction

        /** Nothing of a transaction is there before its commit. A repeated insert is taken once. */
        synchronized Document insert(String database, Document query, boolean inTransaction) {
            if (isNew(query)) {
                pending = new ArrayList<>();
            }
            if (inTransaction) {
                pending.add(() -> apply(database, query));
                return ok().append("n", ((List<?>) query.get("documents")).size());
            }
            if (reply == null) {
                reply = apply(database, query);
            }
            return reply;
        }

        synchronized Document commit(Document query) {
            if (isNew(query)) {
                throw new MongoServerError(251, "NoSuchTransaction", "Given transaction number does not match any in-progress transactions.");
            }
            if (reply == null) {
                synchronized (StandIn.this) {
                    pending.forEach(Runnable::run);
                }
                reply = ok();
            }
            return reply;
        }

        synchronized Document abort(Document query) {
            isNew(query);
            pending = List.of();
            return ok();
        }

        private boolean isNew(Document query) {
            long sent = query.get("txnNumber") instanceof Long n ? n : number + 1;
            if (sent == number) {
                return false;
            }
            number = sent;
            reply = null;
            return true;
        }
    }

    /** Inserts, and tells of each document that was: others are in writeErrors. */
    @SuppressWarnings("unchecked")
    private synchronized Document apply(String database, Document query) {
        List<Document> documents = (List<Document>) query.get("documents");
        boolean ordered = !Boolean.FALSE.equals(query.get("ordered"));
        MongoCollection<?> collection = collection(resolveDatabase(database), (String) query.get("insert"));
        List<Document> errors = collection.insertDocuments(documents, ordered);
        Set<Integer> failed = new HashSet<>();
        for (Document error : errors) {
            failed.add((Integer) error.get("index"));
        }
        int tried = ordered && !errors.isEmpty() ? (Integer) errors.get(0).get("index") + 1 : documents.size();
        for (int i = 0; i < tried; i++) {
            if (history != null && !failed.contains(i)) {
                history.add(collection.getFullName(), "insert", documents.get(i));
            }
        }
        Document reply = ok().append("n", tried - errors.size());
        if (!errors.isEmpty()) {
            reply.put("writeErrors", errors);
        }
        return reply;
    }

    private static MongoCollection<?> collection(MongoDatabase database, String name) {
        MongoCollection<?> collection = database.resolveCollection(name, false);
        return collection != null ? collection : database.createCollectionOrThrowIfExists(name);
    }

    /** One change. Its position also is its token, together with the history's own. */
    private record Change(long position, BsonTimestamp time, String namespace, String operation, Document document) {
        int elements() {
            return document.get("data") instanceof List<?> data ? data.size() : 0;
        }

        boolean ends(String watched) {
            return operation.equals("drop") && namespace.equals(watched);
        }
    }

    /** The changes that streams can still be given, oldest first. */
    private static final class History implements Oplog {
        private final long start = System.nanoTime(); // tokens of another process are unknown here
        private final int max;
        private final CursorRegistry cursors;
        private final ArrayDeque<Change> changes = new ArrayDeque<>();
        private long next; // position
        private long elements;

        History(int max, CursorRegistry cursors) {
            this.max = max;
            this.cursors = cursors;
        }

        synchronized void add(String namespace, String operation, Document document) {
            BsonTimestamp time = new BsonTimestamp(java.time.Instant.now(), (int) next);
            Change change = new Change(next++, time, namespace, operation, document);
            changes.add(change);
            elements += change.elements();
            while (changes.size() > max || elements > MAX_HISTORY_ELEMENTS && changes.size() > 1) {
                elements -= changes.remove().elements();
            }
            notifyAll();
        }

        /** The changes from a position on; a stream whose next one is gone can't go on. */
        synchronized List<Change> from(long position) {
            if (position < next - changes.size()) {
                throw lost();
            }
            if (position == next) {
                return List.of();
            }
            return changes.stream().skip(position - (next - changes.size())).toList();
        }

        synchronized void await(long position, long deadline) {
            try {
                for (long left; position == next && (left = deadline - System.nanoTime()) > 0;) {
                    wait(left / 1_000_000, (int) (left % 1_000_000));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static MongoServerError lost() {
            return new MongoServerError(286, "ChangeStreamHistoryLost", "Resume of change stream was not possible, as the resume point may no longer be in the oplog.");
        }

        Document token(long position) {
            return new Document("_data", "%016x%016x".formatted(start, position));
        }

        @Override
        public synchronized Cursor createCursor(Document options, String namespace, Aggregation aggregation) {
            long position = next;
            Object token = options.containsKey("startAfter") ? options.get("startAfter") : options.get("resumeAfter");
            if (token instanceof Document t) {
                String data = (String) t.get("_data");
                position = Long.parseUnsignedLong(data.substring(16), 16) + 1;
                if (Long.parseUnsignedLong(data.substring(0, 16), 16) != start || position < next - changes.size()) {
                    throw lost();
                }
            } else if (options.get("startAtOperationTime") instanceof BsonTimestamp time) {
                position = changes.stream().filter(c -> c.time().compareTo(time) >= 0).findFirst().map(Change::position).orElse(next);
            }
            ChangeCursor cursor = new ChangeCursor(cursors.generateCursorId(), this, namespace, aggregation, position);
            cursors.add(cursor);
            return cursor;
        }

        @Override
        public void handleInsert(String namespace, List<Document> documents) {
            documents.forEach(d -> add(namespace, "insert", d));
        }

        @Override
        public void handleUpdate(String namespace, Document selector, Document query, List<Object> ids) {
            ids.forEach(id -> add(namespace, "update", new Document("_id", id)));
        }

        @Override
        public void handleDelete(String namespace, Document query, List<Object> ids) {
            ids.forEach(id -> add(namespace, "delete", new Document("_id", id)));
        }

        @Override
        public void handleDropCollection(String namespace) {
            add(namespace, "drop", new Document());
        }
    }

    /** A change stream. */
    private static final class ChangeCursor extends AbstractCursor {
        private final History history;
        private final String namespace;
        private final Aggregation aggregation;
        private final List<Document> ready = new ArrayList<>();
        private long position; // of the next change to look at
        private boolean ended;

        ChangeCursor(long id, History history, String namespace, Aggregation aggregation, long position) {
            super(id);
            this.history = history;
            this.namespace = namespace;
            this.aggregation = aggregation;
            this.position = position;
        }

        Document token() {
            return ready.isEmpty() ? history.token(position - 1) : (Document) ready.get(0).get("_id");
        }

        void await(long deadline) {
            look();
            while (ready.isEmpty() && !ended && System.nanoTime() < deadline && history.cursors.getCursor(id) == this) {
                history.await(position, deadline);
                look();
            }
        }

        private void look() {
            for (Change change : history.from(position)) {
                position = change.position() + 1;
                if (ended || !change.namespace().equals(namespace)) {
                    continue;
                }
                ready.addAll(aggregation.runStages(List.of(event(change)).stream()));
                ended = change.ends(namespace);
            }
        }

        private Document event(Change change) {
            Document event = new Document("_id", history.token(change.position()))
                .append("operationType", change.operation())
                .append("clusterTime", change.time());
            if (change.operation().equals("insert")) {
                event.append("fullDocument", change.document());
            }
            int dot = namespace.indexOf('.');
            event.append("ns", new Document("db", namespace.substring(0, dot)).append("coll", namespace.substring(dot + 1)));
            if (!change.operation().equals("drop")) {
                event.append("documentKey", new Document("_id", change.document().get("_id")));
            }
            return event;
        }

        @Override
        public boolean isEmpty() {
            return ended && ready.isEmpty();
        }

        /** At most 16 MiB, counted by array elements, as a reply of MongoDB. */
        @Override
        public List<Document> takeDocuments(int max) {
            look();
            List<Document> taken = new ArrayList<>();
            int elements = 0;
            while (!ready.isEmpty() && (max == 0 || taken.size() < max)) {
                if (ready.get(0).get("fullDocument") instanceof Document d && d.get("data") instanceof List<?> data) {
                    elements += data.size();
                }
                if (!taken.isEmpty() && elements > 1_300_000) {
                    break;
                }
                taken.add(ready.remove(0));
            }
            return taken;
        }
    }
}
