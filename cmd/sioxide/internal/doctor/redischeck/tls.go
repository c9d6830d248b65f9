package redischeck

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/dialect"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// diagnoseTLS tells whether TLS is why Redis can't be talked to, by trying what the
// other side speaks.
func (l *looker) diagnoseTLS(ctx context.Context, err error) (report.Finding, bool) {
	switch {
	case l.target.Socket != "":
	case dialect.Untrusted(err):
		return report.Finding{
			Code:    report.RedisTLSUntrusted,
			Says:    "The TLS handshake with Redis fails.",
			Do:      "Have the certificate of Redis signed for this host by an authority that this machine trusts (SSL_CERT_FILE names a file with your own), or look without checking it by skip_verify=true. Where Redis wants a certificate of the client, set its tls-auth-clients to no.",
			Details: []string{l.target.ScrubText(err.Error())},
		}, true
	case l.target.TLS && dialect.Any(ctx, l.target.Hosts, speaksPlainly):
		return report.Finding{
			Code: report.RedisTLSMissing,
			Says: fmt.Sprintf("The URL asks for TLS, and Redis at %s speaks without.", l.where()),
			Do:   "Write redis in place of rediss, or give the port of Redis that has TLS.",
		}, true
	case !l.target.TLS && dialect.Any(ctx, l.target.Hosts, dialect.TLS):
		return report.Finding{
			Code: report.RedisTLSRequired,
			Says: fmt.Sprintf("Redis at %s speaks TLS, and the URL is without.", l.where()),
			Do:   "Write rediss in place of redis.",
		}, true
	}
	return report.Finding{}, false
}

// speaksPlainly tells whether a PING is answered as Redis does, be it by "-NOAUTH".
func speaksPlainly(conn net.Conn) bool {
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return false
	}
	var first [1]byte
	_, err := io.ReadFull(conn, first[:])
	return err == nil && (first[0] == '+' || first[0] == '-')
}
