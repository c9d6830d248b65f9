// Package mongotest starts a stand-in for MongoDB for tests of drivers and servers.
// There is no mongod in a package registry; the stand-in is a small Java program,
// in the folder standin, over de.bwaldvogel:mongo-java-server, which keeps all in
// memory. scripts/mongo-standin.sh builds it, into the cache folder. It was checked
// with the official Go driver and with socketioxide-mongodb as it is.
//
// It does, as a replica set of one does: inserts, ordered and unordered, with unique
// indexes; repeated inserts of a session (retryable writes), taken once; transactions
// of inserts; change streams on a collection, with $match, resume tokens,
// startAtOperationTime, awaited getMore, killCursors, an end when the collection is
// dropped, and ChangeStreamHistoryLost when the place to resume from is gone. With
// NoChangeStreams it is a standalone server, which refuses them with error 40573.
//
// It does not do:
//   - keep anything over a restart: a change stream can't be resumed then, and where a
//     real replica set would go on, ChangeStreamHistoryLost is told;
//   - delete by a TTL index, or hold a capped collection: it takes the commands that
//     make them, tells how they were made, and keeps every document until it ends;
//   - refuse a document for its size: it closes the connection; and it does not fail a
//     change event for being too large;
//   - transactions with anything but inserts, their conflicts, their time limit, and
//     read or write concerns;
//   - users, roles and authentication, beyond Deny; TLS;
//   - elections, several members, shards;
//   - updates in change streams with more than the document's _id.
//
// A test that needs it where it has not been built is skipped, and fails when the
// environment has CI=true.
package mongotest
