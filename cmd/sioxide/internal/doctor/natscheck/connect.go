package natscheck

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/dialect"
	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// IsOfServer tells whether opening a target failed at the server: otherwise the URL, or
// a file that it names, can't be used.
func IsOfServer(err error) bool {
	var file *os.PathError
	var network net.Error
	if errors.As(err, &file) {
		return false
	}
	return errors.As(err, &network) || dialect.Untrusted(err) || strings.Contains(err.Error(), "nats: ")
}

// Unopened writes why a target could not be opened.
func Unopened(ctx context.Context, t *target.Target, err error, r *report.Report) {
	f := diagnose(ctx, t, err)
	f.Details = []string{t.ScrubText(err.Error())}
	r.Find(connection, f)
}

// diagnose finds out why NATS can't be talked to. A client without TLS goes over to it
// when NATS says so in its first line; where NATS begins with TLS there is no such line.
func diagnose(ctx context.Context, t *target.Target, err error) report.Finding {
	where := strings.Join(t.Hosts, ", ")
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrAccountAuthExpired),
		strings.Contains(strings.ToLower(err.Error()), "authorization violation"), errors.Is(err, nats.ErrNkeysNotSupported):
		return report.Finding{
			Code: report.NATSPassword, Says: "NATS refuses the user, the password, the token or the credentials.",
			Do: "Correct them: user:password@ or token@ before the host, creds-file=PATH or nkey-file=PATH; special characters must be percent-encoded in a URL.",
		}
	case dialect.Untrusted(err):
		return report.Finding{
			Code: report.NATSTLSUntrusted, Says: "The TLS handshake with NATS fails.",
			Do: "Name the authority of its certificate by ca-file=PATH, and your own certificate by cert-file and key-file where NATS asks for one; `sioxide --help` shows the options.",
		}
	case errors.Is(err, nats.ErrSecureConnWanted):
		return report.Finding{
			Code: report.NATSTLSMissing, Says: fmt.Sprintf("The URL asks for TLS, and NATS at %s has none.", where),
			Do: "Write nats in place of tls, or have tls set in NATS's configuration.",
		}
	case !t.TLS && dialect.Any(ctx, t.Hosts, dialect.TLS):
		return report.Finding{
			Code: report.NATSTLSRequired, Says: fmt.Sprintf("NATS at %s begins with TLS (handshake_first), and the client waits for its greeting.", where),
			Do: "Set handshake_first to false or auto in NATS's configuration: the command does not begin with TLS.",
		}
	}
	return report.Finding{
		Code: report.NATSUnreachable, Says: fmt.Sprintf("NATS can't be reached at %s.", where),
		Do: "Check the address, that nats-server runs there, and that no firewall stands between.",
	}
}
