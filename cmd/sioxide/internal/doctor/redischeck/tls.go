package redischeck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
)

// diagnoseTLS tells whether TLS is why Redis can't be talked to, by trying what the
// other side speaks.
func (l *looker) diagnoseTLS(ctx context.Context, err error) (report.Finding, bool) {
	switch {
	case l.target.Socket != "":
	case untrusted(err):
		return report.Finding{
			Code:    report.RedisTLSUntrusted,
			Says:    "The TLS handshake with Redis fails.",
			Do:      "Have the certificate of Redis signed for this host by an authority that this machine trusts (SSL_CERT_FILE names a file with your own), or look without checking it by skip_verify=true. Where Redis wants a certificate of the client, set its tls-auth-clients to no.",
			Details: []string{l.target.ScrubText(err.Error())},
		}, true
	case l.target.TLS && l.anyHost(ctx, speaksPlainly):
		return report.Finding{
			Code: report.RedisTLSMissing,
			Says: fmt.Sprintf("The URL asks for TLS, and Redis at %s speaks without.", l.where()),
			Do:   "Write redis in place of rediss, or give the port of Redis that has TLS.",
		}, true
	case !l.target.TLS && l.anyHost(ctx, speaksTLS):
		return report.Finding{
			Code: report.RedisTLSRequired,
			Says: fmt.Sprintf("Redis at %s speaks TLS, and the URL is without.", l.where()),
			Do:   "Write rediss in place of redis.",
		}, true
	}
	return report.Finding{}, false
}

// untrusted tells whether the two did not agree on certificates. An alert of the
// other side arrives as a *net.OpError around it.
func untrusted(err error) bool {
	_, verification := errorAs[*tls.CertificateVerificationError](err)
	_, authority := errorAs[x509.UnknownAuthorityError](err)
	_, host := errorAs[x509.HostnameError](err)
	op, isOp := errorAs[*net.OpError](err)
	return verification || authority || host || isOp && op.Op == "remote error"
}

const handshakeTime = 2 * time.Second

// anyHost tries the hosts of the URL, also when ctx has ended with the attempt that
// failed.
func (l *looker) anyHost(ctx context.Context, speaks func(net.Conn) bool) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handshakeTime)
	defer cancel()
	for _, addr := range l.target.Hosts {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err != nil {
			continue
		}
		deadline, _ := ctx.Deadline()
		_ = conn.SetDeadline(deadline)
		ok := speaks(conn)
		conn.Close()
		if ok {
			return true
		}
	}
	return false
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

// speaksTLS tells whether a handshake gets anywhere; with whom does not matter.
func speaksTLS(conn net.Conn) bool {
	err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
	op, isOp := errorAs[*net.OpError](err)
	return err == nil || isOp && op.Op == "remote error"
}
