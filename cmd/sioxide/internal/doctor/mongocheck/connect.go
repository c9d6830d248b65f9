package mongocheck

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/dialect"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// connect is false when nothing further can be looked at.
func (l *looker) connect(ctx context.Context) bool {
	ctx, cancel := l.step(ctx)
	defer cancel()
	start := time.Now()
	err := l.collection.Database().Client().Ping(ctx, nil)
	if err == nil || isDenied(err) {
		l.report.Pass(connection, "MongoDB answers in %s", time.Since(start).Round(10*time.Microsecond))
		return true
	}
	f := l.diagnose(ctx, err)
	f.Details = []string{l.why(err)}
	l.report.Find(connection, f)
	return false
}

// diagnose finds out why MongoDB can't be talked to. What keeps the driver from its
// servers is only in the text of its error.
func (l *looker) diagnose(ctx context.Context, err error) report.Finding {
	where, text := strings.Join(l.target.Hosts, ", "), err.Error()
	switch {
	case strings.Contains(text, "auth error"):
		return report.Finding{
			Code: report.MongoPassword, Says: "MongoDB refuses the user or the password.",
			Do: "Correct them, and authSource, the database that has the user; special characters of a password must be percent-encoded in a URL.",
		}
	case dialect.Untrusted(err) || strings.Contains(text, "x509:"):
		return report.Finding{
			Code: report.MongoTLSUntrusted, Says: "The TLS handshake with MongoDB fails.",
			Do: "Name the authority of its certificate by tlsCAFile=FILE, or look without checking it by tlsInsecure=true.",
		}
	case l.target.TLS && dialect.Any(ctx, l.target.Hosts, speaksPlainly):
		return report.Finding{
			Code: report.MongoTLSMissing, Says: fmt.Sprintf("The URL asks for TLS, and MongoDB at %s has none.", where),
			Do: "Leave out tls=true; for mongodb+srv write tls=false.",
		}
	case !l.target.TLS && dialect.Any(ctx, l.target.Hosts, dialect.TLS):
		return report.Finding{
			Code: report.MongoTLSRequired, Says: fmt.Sprintf("MongoDB at %s speaks TLS, and the URL is without.", where),
			Do: "Add tls=true.",
		}
	}
	return report.Finding{
		Code: report.MongoUnreachable, Says: fmt.Sprintf("MongoDB can't be reached at %s.", where),
		Do: "Check the address, the name of the replica set (replicaSet), that MongoDB runs there, and that no firewall stands between. The members of a replica set are connected to by the names that they have in its configuration; directConnection=true stays with the one in the URL.",
	}
}

// opMsg is the code of MongoDB's only message (MongoDB wire protocol, OP_MSG).
const opMsg = 2013

// speaksPlainly tells whether the command hello is answered.
func speaksPlainly(conn net.Conn) bool {
	body, err := bson.Marshal(bson.D{{Key: "hello", Value: 1}, {Key: "$db", Value: "admin"}})
	if err != nil {
		return false
	}
	const head = 16 + 4 + 1 // header, flags, kind of section
	msg := make([]byte, head, head+len(body))
	binary.LittleEndian.PutUint32(msg, uint32(head+len(body)))
	binary.LittleEndian.PutUint32(msg[12:], opMsg)
	if _, err := conn.Write(append(msg, body...)); err != nil {
		return false
	}
	var reply [16]byte
	_, err = io.ReadFull(conn, reply[:])
	return err == nil && binary.LittleEndian.Uint32(reply[12:]) == opMsg
}
