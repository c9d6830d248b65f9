package target

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter/driver/mongodriver"
)

// DefaultDatabase is MongoDB's own where a URL names none.
const DefaultDatabase = "test"

// openMongo makes a client, which connects by itself. A mongodb+srv URL is looked up
// here.
func (t *Target) openMongo(c config) (*Cluster, error) {
	password, err := t.readPassword()
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(t.mongoURL(password)))
	if err != nil {
		return nil, err
	}
	collection := client.Database(cmp.Or(t.Database, DefaultDatabase)).Collection(t.Collection)
	driver := mongodriver.New(collection, mongodriver.WithLogger(c.logger))
	return &Cluster{target: t, driver: driver, mongo: collection, close: []func() error{driver.Close, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return client.Disconnect(ctx)
	}}}, nil
}

func (t *Target) mongoURL(password string) string {
	u := strings.Builder{}
	u.WriteString(t.Scheme + "://")
	switch {
	case password != "":
		u.WriteString(url.UserPassword(t.user, password).String() + "@")
	case t.user != "":
		u.WriteString(url.User(t.user).String() + "@")
	}
	u.WriteString(strings.Join(t.Hosts, ",") + "/" + url.PathEscape(t.Database))
	if len(t.params) > 0 {
		u.WriteString("?" + t.params.Encode())
	}
	return u.String()
}
