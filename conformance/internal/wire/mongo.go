package wire

import "time"

// MongoDocument is Event as a document of the adapter's collection (socketioxide-mongodb, src/drivers/mod.rs: Item).
// Without a target it is for all servers.
type MongoDocument struct {
	Type      string    `bson:"t"`
	Target    string    `bson:"target,omitempty"`
	Namespace string    `bson:"ns"`
	Origin    string    `bson:"origin"`
	Data      []int32   `bson:"data"`
	CreatedAt time.Time `bson:"createdAt"`
}

// MongoEvent makes one for all servers of a namespace, or for one.
func MongoEvent(parser, namespace, server, name string, args ...any) (MongoDocument, error) {
	data, err := Event(parser, namespace, name, args...)
	return MongoDocument{"Req", server, namespace, newID(), numbers(data), time.Now()}, err
}
