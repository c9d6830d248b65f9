package target

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// tlsOptions are those of Kafka and NATS over TLS. Each names a file in PEM.
var tlsOptions = []string{"ca-file", "cert-file", "key-file", "skip_verify"}

// tlsConfig reads the files that the URL names. Without ca-file, the system's
// authorities are believed.
func (t *Target) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	c.InsecureSkipVerify, _ = boolean(t.query.Get("skip_verify"))
	if file := t.query.Get("ca-file"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("ca-file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca-file: %s has no certificate in PEM", file)
		}
	}
	cert, key := t.query.Get("cert-file"), t.query.Get("key-file")
	if cert == "" {
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("cert-file and key-file: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}
