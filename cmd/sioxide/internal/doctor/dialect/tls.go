// Package dialect finds out whether TLS is why a backend can't be talked to: it tries
// what the other side speaks.
package dialect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"
)

const tryTime = 2 * time.Second

// Any tells whether one of the hosts speaks so. It tries also when ctx has ended with
// the attempt that failed.
func Any(ctx context.Context, hosts []string, speaks func(net.Conn) bool) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tryTime)
	defer cancel()
	for _, addr := range hosts {
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

// TLS tells whether a handshake gets anywhere; with whom does not matter.
func TLS(conn net.Conn) bool {
	err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
	return err == nil || isAlert(err)
}

// Untrusted tells whether the two did not agree on certificates.
func Untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || isAlert(err)
}

// isAlert tells whether the other side has ended a handshake. Its alert arrives in a
// *net.OpError.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
