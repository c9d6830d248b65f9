package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/conformance/internal/cases"
	"github.com/sioxide/emitter/conformance/internal/cluster"
	"github.com/sioxide/emitter/conformance/internal/rustserver"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/mongodriver"
)

// mongoClusters hold every pair of set, expiry and parser.
var mongoClusters = []struct {
	set     rustserver.Set
	servers rustserver.Driver
	parser  emitter.Parser
}{
	{rustserver.Current, rustserver.MongodbTTL, emitter.Common},
	{rustserver.Current, rustserver.MongodbCapped, emitter.Msgpack},
	{rustserver.Set018, rustserver.MongodbTTL, emitter.Msgpack},
	{rustserver.Set018, rustserver.MongodbCapped, emitter.Common},
}

// mongoScene is a Scene with what belongs to MongoDB.
type mongoScene struct {
	*cases.Scene
	client *mongo.Client
	driver *mongodriver.Driver
}

// mongoCases are those that only MongoDB has.
var mongoCases = []struct {
	name string
	run  func(*mongoScene)
}{
	{"commit", func(s *mongoScene) {
		s.in(func(ctx context.Context, session *mongo.Session) {
			s.Do(s.IO.Emit(ctx, "first", 1))
			s.Do(s.IO.Emit(ctx, "second", large))
			s.wantNothing()
			s.Do(session.CommitTransaction(ctx))
		})
		s.Expect(s.At(cases.Root), "first", 1)
		s.Expect(s.At(cases.Root), "second", large)
	}},
	{"abort", func(s *mongoScene) {
		s.in(func(ctx context.Context, session *mongo.Session) {
			s.Do(s.IO.Emit(ctx, "first", 1))
			s.Do(s.IO.Join(ctx, s.Room("a")))
			s.Do(session.AbortTransaction(ctx))
		})
		s.Do(s.IO.To(s.Room("a")).Emit(s.Ctx(), "nobody joined"))
	}},
	{"what needs an answer is refused in a session", func(s *mongoScene) {
		s.in(func(ctx context.Context, session *mongo.Session) {
			_, err := s.IO.Sockets(ctx)
			s.wantUnsupported(err)
			_, err = s.IO.EmitWithAck(ctx, "question")
			s.wantUnsupported(err)
			s.Do(session.AbortTransaction(ctx))
		})
	}},
	{"the servers' own calls: before, during and after", func(s *mongoScene) { ownCalls(s.Scene, s.driver.Close) }},
}

// TestMongo runs what only MongoDB has on real servers and clients, and its stand-in.
func TestMongo(t *testing.T) {
	requireTools(t)
	mongotest.Need(t)
	for _, one := range mongoClusters {
		config := cluster.Config{
			Kind: cluster.OnMongo, Set: one.set, Driver: one.servers, Parser: one.parser, Clients: clientsScript,
			AckTimeout: ackTimeout,
		}
		t.Run(strings.Join([]string{string(one.servers), one.parser.String(), one.set.Name}, "/"), func(t *testing.T) {
			t.Parallel()
			c := start(t, config)
			client, d := connectMongoDriver(t, c)
			for i, one := range mongoCases {
				t.Run(one.name, func(t *testing.T) {
					defer judging(t, c, false)()
					cases.Case{Name: one.name, Run: func(s *cases.Scene) {
						one.run(&mongoScene{s, client, d})
					}}.Play(t, c.World(d, cases.Answers), fmt.Sprint("mongo-", i))
				})
			}
		})
	}
}

// in runs do in a transaction, which do ends.
func (s *mongoScene) in(do func(ctx context.Context, session *mongo.Session)) {
	s.Helper()
	session, err := s.client.StartSession()
	s.Do(err)
	defer session.EndSession(context.WithoutCancel(s.Ctx()))
	s.Do(session.StartTransaction())
	do(mongo.NewSessionContext(s.Ctx(), session), session)
}

// wantNothing wants that no socket has received anything of what was sent until now.
func (s *mongoScene) wantNothing() {
	s.Helper()
	s.Do(s.Settle(s.Ctx()))
	for _, socket := range s.At(cases.Root) {
		if got := socket.Take(); len(got) > 0 {
			s.Errorf("before the commit socket %s had received %d events", socket.Name(), len(got))
		}
	}
}

func (s *mongoScene) wantUnsupported(err error) {
	s.Helper()
	if !errors.Is(err, emitter.ErrUnsupported) {
		s.Errorf("error %v, want %v", err, emitter.ErrUnsupported)
	}
}

// connectMongoDriver makes a client and a driver on it, which end with t.
func connectMongoDriver(t *testing.T, c *cluster.Cluster) (*mongo.Client, *mongodriver.Driver) {
	on, ok := c.Backend.(*cluster.Mongo)
	if !ok {
		t.Fatalf("the cluster is on %T, not on MongoDB", c.Backend)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(on.URL()))
	if err != nil {
		t.Fatalf("connect to MongoDB: %v", err)
	}
	d := mongodriver.New(on.Collection(client))
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), client.Disconnect(context.Background())); err != nil {
			t.Errorf("close mongodriver and its client: %v", err)
		}
	})
	return client, d
}
