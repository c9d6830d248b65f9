package doctor_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/testkit"
	"github.com/sioxide/emitter/driver/drivertest/mongotest"
	"github.com/sioxide/emitter/driver/drivertest/redistest"
	"github.com/sioxide/emitter/driver/mongodriver"
	"github.com/sioxide/emitter/protocol"
)

const mongoDatabase = "app"

func mongoURL(s *mongotest.Server) string {
	return "mongodb://" + s.Addr + "/" + mongoDatabase + "?directConnection=true"
}

func startMongoServer(t *testing.T, s *mongotest.Server, c testkit.Config) *testkit.Server {
	t.Helper()
	if c.Driver == "" {
		c.Driver = "mongodb-ttl"
	}
	c.URLs = []string{mongoURL(s)}
	c.Args = append(c.Args, "--heartbeat-ms", "300")
	return testkit.StartServer(t, c)
}

func mongoCollection(t *testing.T, s *mongotest.Server) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(mongoURL(s)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database(mongoDatabase).Collection(mongodriver.Collection)
}

func TestHealthyMongo(t *testing.T) {
	s := mongotest.Start(t)
	startMongoServer(t, s, testkit.Config{})
	startMongoServer(t, s, testkit.Config{})
	opts := beating
	opts.Namespaces, opts.Deep, opts.Expect = []string{"/", "admin"}, true, 2
	r := look(t, mongoURL(s), opts)
	mustBeHealthy(t, r)
	for _, check := range []string{"connection", "replica set", "collection", "history", "servers", "old servers"} {
		if got := status(r, check); got != report.OK {
			t.Errorf("check %s: %q", check, got)
		}
	}
	opts.Expect = 3
	opts.Namespaces = nil
	mustFind(t, look(t, mongoURL(s), opts), report.ServersDeaf, "3 servers should be there")
	opts = beating
	opts.Namespaces = []string{"/admn"}
	mustFind(t, look(t, mongoURL(s), opts), report.NamespaceEmpty, "/admin")
	mustFind(t, look(t, mongoURL(s)+"&collection=socketio-adapter", beating), report.NoServers, `the closest is "socket.io-adapter"`)
}

func TestMongoUnreachable(t *testing.T) {
	mongotest.Need(t)
	short := doctor.Options{Timeout: time.Second}
	r := look(t, "mongodb://ann:hunter2@"+redistest.FreeAddr(t)+"/app", short)
	f := mustFind(t, r, report.MongoUnreachable, "can't be reached")
	if strings.Contains(strings.Join(f.Details, "")+r.Target, "hunter2") {
		t.Errorf("the password is shown: %+v", f)
	}
}

// TestMongoPassword: the stand-in refuses to authenticate anybody.
func TestMongoPassword(t *testing.T) {
	s := mongotest.Start(t)
	r := look(t, strings.Replace(mongoURL(s), "mongodb://", "mongodb://ann:hunter2@", 1), quick)
	f := mustFind(t, r, report.MongoPassword, "authSource")
	if strings.Contains(strings.Join(f.Details, "")+r.Target, "hunter2") {
		t.Errorf("the password is shown: %+v", f)
	}
}

// behindTLS returns an address that speaks TLS, and passes what is said on.
func behindTLS(t *testing.T, to string) string {
	t.Helper()
	cert := testkit.NewCertificate(t)
	pair, err := tls.LoadX509KeyPair(cert.CertFile, cert.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go pass(from, to)
		}
	}()
	return l.Addr().String()
}

func pass(from net.Conn, to string) {
	defer from.Close()
	conn, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, from)
		conn.Close()
	}()
	_, _ = io.Copy(from, conn)
}

func TestMongoTLS(t *testing.T) {
	s := mongotest.Start(t)
	short := doctor.Options{Timeout: time.Second}
	mustFind(t, look(t, mongoURL(s)+"&tls=true", short), report.MongoTLSMissing, "Leave out tls=true")
	secure := "mongodb://" + behindTLS(t, s.Addr) + "/app?directConnection=true"
	mustFind(t, look(t, secure, short), report.MongoTLSRequired, "Add tls=true")
	mustFind(t, look(t, secure+"&tls=true", short), report.MongoTLSUntrusted, "tlsCAFile")
	mustFind(t, look(t, secure+"&tls=true&tlsInsecure=true", short), report.NoServers)
}

func TestMongoNoReplicaSet(t *testing.T) {
	s := mongotest.Start(t, mongotest.NoChangeStreams())
	mustFind(t, look(t, mongoURL(s), quick), report.MongoNoReplicaSet, "rs.initiate()")
}

func TestMongoTTLMissing(t *testing.T) {
	s := mongotest.Start(t)
	startMongoServer(t, s, testkit.Config{})
	c := mongoCollection(t, s)
	if err := c.Indexes().DropAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := questions(t, c)
	r := look(t, mongoURL(s), beating)
	mustFind(t, r, report.MongoTTLMissing, "grows for ever", "createIndex")
	mustSkip(t, r, "servers", "the question would stay")
	if after := questions(t, c); after != before {
		t.Errorf("a question was left in the collection: %d, %d", before, after)
	}
}

// questions counts the requests that are no heartbeats: those have at most 60 bytes.
func questions(t *testing.T, c *mongo.Collection) int {
	t.Helper()
	cursor, err := c.Find(t.Context(), bson.D{{Key: "t", Value: "Req"}})
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ Data []int32 }
	if err := cursor.All(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range list {
		if len(d.Data) > 60 {
			n++
		}
	}
	return n
}

func TestMongoSilent(t *testing.T) {
	s := mongotest.Start(t)
	victim := startMongoServer(t, s, testkit.Config{})
	io := emitter.NewMsgpack(mongodriver.New(mongoCollection(t, s)))
	if err := io.To("nobody").Emit(t.Context(), "harm"); err != nil {
		t.Fatal(err)
	}
	r := look(t, mongoURL(s)+"&parser=msgpack", beating)
	mustFind(t, r, report.ServersSilent, victim.UID)
}

func TestMongoParserMismatch(t *testing.T) {
	s := mongotest.Start(t)
	asking := startMongoServer(t, s, testkit.Config{})
	startMongoServer(t, s, testkit.Config{})
	if err := asking.Connect(t).Ask(); err != nil {
		t.Fatal(err)
	}
	until(t, "the event is there", func() bool { return questions(t, mongoCollection(t, s)) > 0 })
	mustFind(t, look(t, mongoURL(s)+"&parser=msgpack", beating), report.ParserMismatch, "The servers use the common parser", asking.UID)
	r := look(t, mongoURL(s), beating)
	mustBeHealthy(t, r)
	if status(r, "parser") != report.OK {
		t.Errorf("events of the right parser were sent: %+v", r.Checks)
	}
}

func TestMongoServersOld(t *testing.T) {
	s := mongotest.Start(t)
	old := startMongoServer(t, s, testkit.Config{Set: testkit.Before})
	startMongoServer(t, s, testkit.Config{})
	opts := beating
	opts.Deep = true
	mustFind(t, look(t, mongoURL(s), opts), report.ServersOld, "1 server is older", old.UID)
}

func TestMongoCapped(t *testing.T) {
	s := mongotest.Start(t)
	startMongoServer(t, s, testkit.Config{Driver: "mongodb-capped"}) // of 64 MiB
	r := look(t, mongoURL(s), beating)
	mustBeHealthy(t, r)
	if status(r, "collection") != report.OK {
		t.Errorf("%+v", r.Checks)
	}
	small := mongotest.Start(t)
	db := mongoCollection(t, small).Database()
	if err := db.CreateCollection(t.Context(), mongodriver.Collection, options.CreateCollection().SetCapped(true).SetSizeInBytes(1_000_000)); err != nil {
		t.Fatal(err)
	}
	r = look(t, mongoURL(small), quick)
	if !r.Has(report.MongoCappedSmall) || !r.Has(report.NoServers) {
		t.Errorf("a capped collection that is too small is found: %+v", r.Findings)
	}
	mustFind(t, look(t, mongoURL(small), doctor.Options{Timeout: time.Second, MessageSize: 10_000}), report.NoServers)
}

func TestMongoRights(t *testing.T) {
	for command, says := range map[string]string{"insert": "insert", "aggregate": "changeStream"} {
		s := mongotest.Start(t, mongotest.Deny(command))
		c := mongoCollection(t, s)
		index := mongo.IndexModel{Keys: bson.D{{Key: "createdAt", Value: 1}}, Options: options.Index().SetExpireAfterSeconds(60)}
		if _, err := c.Indexes().CreateOne(t.Context(), index); err != nil {
			t.Fatal(err)
		}
		mustFind(t, look(t, mongoURL(s), quick), report.MongoRights, says, "readWrite")
	}
}

// TestMongoNoTrace: what is inserted are questions that the collection removes again.
func TestMongoNoTrace(t *testing.T) {
	s := mongotest.Start(t)
	server := startMongoServer(t, s, testkit.Config{})
	mustBeHealthy(t, look(t, mongoURL(s), beating))
	cursor, err := mongoCollection(t, s).Find(t.Context(), bson.D{{Key: "origin", Value: bson.D{{Key: "$ne", Value: server.UID}}}})
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Type    string `bson:"t"`
		Data    []int32
		Created time.Time `bson:"createdAt"`
	}
	if err := cursor.All(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("one question was asked, there are %d documents", len(list))
	}
	data := make([]byte, len(list[0].Data))
	for i, n := range list[0].Data {
		data[i] = byte(n)
	}
	req, err := protocol.DecodeRequest(data)
	if err != nil || req.Type != protocol.AllRooms || list[0].Type != "Req" || list[0].Created.IsZero() {
		t.Errorf("it leaves %+v: %v", list[0], err)
	}
}
