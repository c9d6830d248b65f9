package kafkacheck

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/dialect"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// diagnose finds out why no broker can be talked to.
func (l *looker) diagnose(ctx context.Context, err error) report.Finding {
	where := strings.Join(l.target.Hosts, ", ")
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.UnsupportedSaslMechanism):
		return report.Finding{
			Code: report.KafkaPassword, Says: "Kafka refuses the user, the password, or the way to prove them.",
			Do: "Correct them, and option sasl (plain, scram-sha-256 or scram-sha-512), which must be what the listener takes; special characters of a password must be percent-encoded in a URL.",
		}
	case dialect.Untrusted(err) || strings.Contains(err.Error(), "x509:"):
		return report.Finding{
			Code: report.KafkaTLSUntrusted, Says: "The TLS handshake with Kafka fails.",
			Do: "Name the authority of its certificate by ca-file=FILE, or look without checking it by skip_verify=true.",
		}
	case l.target.TLS && dialect.Any(ctx, l.target.Hosts, speaksPlainly):
		return report.Finding{
			Code: report.KafkaTLSMissing, Says: fmt.Sprintf("The URL asks for TLS, and Kafka at %s has none.", where),
			Do: "Write kafka:// in place of kafkas://.",
		}
	case !l.target.TLS && dialect.Any(ctx, l.target.Hosts, dialect.TLS):
		return report.Finding{
			Code: report.KafkaTLSRequired, Says: fmt.Sprintf("Kafka at %s speaks TLS, and the URL is without.", where),
			Do: "Write kafkas:// in place of kafka://.",
		}
	}
	return report.Finding{
		Code: report.KafkaUnreachable, Says: fmt.Sprintf("No broker of Kafka can be reached at %s.", where),
		Do: "Check the address, that Kafka runs there, and that no firewall stands between. A client goes on to the addresses that the brokers advertise (advertised.listeners): they must be right as seen from here.",
	}
}

// speaksPlainly tells whether a request for the versions of the API is answered.
func speaksPlainly(conn net.Conn) bool {
	req := kmsg.NewPtrApiVersionsRequest()
	req.SetVersion(0)
	format := kmsg.NewRequestFormatter(kmsg.FormatterClientID("sioxide"))
	const correlation = 17
	if _, err := conn.Write(format.AppendRequest(nil, req, correlation)); err != nil {
		return false
	}
	var head [8]byte // length, correlation id
	_, err := io.ReadFull(conn, head[:])
	return err == nil && binary.BigEndian.Uint32(head[4:]) == correlation
}
