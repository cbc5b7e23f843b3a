package latchkey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter"
)

// secured is a server that counts its connections, behind the TLS settings.
func secured(t *testing.T, settings *tls.Config) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	connections := new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"valid":false,"code":"NOT_FOUND"}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.TLS = settings
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, connections
}

// certificateOf makes a certificate of its own authority for 127.0.0.1 that ends then.
func certificateOf(t *testing.T, ends time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "expired"}, NotBefore: ends.Add(-time.Hour), NotAfter: ends,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	text, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{text}, PrivateKey: key, Leaf: leaf}
}

// trusting is an HTTP client as the default one, which trusts the certificate too.
func trusting(certificate *x509.Certificate) *http.Client {
	transport := exchange.NewTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
	transport.TLSClientConfig.RootCAs.AddCert(certificate)
	return &http.Client{Transport: transport}
}

func TestWhatIsWrongWithACertificateIsSaidAndNotTriedAgain(t *testing.T) {
	expired := certificateOf(t, time.Now().Add(-time.Hour))
	cases := []struct {
		name     string
		settings *tls.Config
		client   func(*httptest.Server) *http.Client
		host     string
		reason   string
	}{
		{"an authority nobody knows", nil, nil, "", "certificate signed by unknown authority"},
		{"another host", nil, func(s *httptest.Server) *http.Client { return trusting(s.Certificate()) }, "localhost", "certificate is valid for"},
		{"expired", &tls.Config{Certificates: []tls.Certificate{expired}}, func(*httptest.Server) *http.Client { return trusting(expired.Leaf) }, "", "certificate has expired"},
		{"a certificate of ours is demanded", &tls.Config{ClientAuth: tls.RequireAnyClientCert}, func(s *httptest.Server) *http.Client { return trusting(s.Certificate()) }, "", "certificate required"},
		{"the same, as it was before TLS 1.3", &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, func(s *httptest.Server) *http.Client { return trusting(s.Certificate()) }, "", "tls: "},
		{"a version that is too old", &tls.Config{MaxVersion: tls.VersionTLS11}, nil, "", "protocol version"},
	}
	for _, c := range cases {
		server, connections := secured(t, c.settings)
		url := server.URL
		if c.host != "" {
			url = strings.Replace(url, "127.0.0.1", c.host, 1)
		}
		options := []openrouter.SDKOption{openrouter.WithServerURL(url + "/api/v1"), openrouter.WithSecurity("the-secret")}
		if c.client != nil {
			options = append(options, openrouter.WithClient(c.client(server)))
		}
		sdk := openrouter.New(options...)
		for name, call := range hostileCalls {
			before := connections.Load()
			ctx, cancel := context.WithTimeout(context.Background(), longTime)
			err := call(ctx, sdk)
			cancel()
			if err == nil || !strings.Contains(err.Error(), c.reason) || strings.Contains(err.Error(), "the-secret") {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
			if made := connections.Load() - before; made != 1 {
				t.Errorf("%s, %s: %d connections", c.name, name, made)
			}
		}
		sdk.Latchkey.CloseIdleConnections()
	}
}

func TestACertificateErrorCanBeMatched(t *testing.T) {
	server, _ := secured(t, nil)
	_, err := latchkey.New(latchkey.WithBaseURL(server.URL)).Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	var unverified *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unverified) || !errors.As(err, &unknown) {
		t.Errorf("%T: %v", err, err)
	}
	trusted := latchkey.New(latchkey.WithBaseURL(server.URL), latchkey.WithClient(trusting(server.Certificate())))
	defer trusted.CloseIdleConnections()
	if verdict, err := trusted.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"}); err != nil || verdict.Code != latchkey.CodeNotFound {
		t.Errorf("%+v, %v", verdict, err)
	}
}

func TestTheWrongSchemeIsNotTriedAgain(t *testing.T) {
	plain, requests := rawServer(t, reply(200, "", wholeBody))
	for name, call := range hostileCalls {
		before := requests()
		err := call(context.Background(), openrouter.New(openrouter.WithServerURL(strings.Replace(plain, "http:", "https:", 1)+"/api/v1"), openrouter.WithTimeout(longTime)))
		if made := requests() - before; err == nil || made != 1 || !strings.Contains(err.Error(), "HTTP response to HTTPS client") {
			t.Errorf("%s: %v after %d requests", name, err, made)
		}
	}
}
