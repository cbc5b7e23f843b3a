package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Doer sends one request. *http.Client is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

const (
	idlePerHost = 256
	idleTotal   = 1024
	// The server closes a connection that was silent for ten seconds. Closing first avoids sending into the closing.
	idleTimeout = 8 * time.Second

	dialTimeout      = 10 * time.Second
	keepAlive        = 30 * time.Second
	tlsTimeout       = 10 * time.Second
	continueTimeout  = time.Second
	headerBytesBound = 256 << 10
)

// One pool for all clients: a program that makes a client per call must not open a connection per call.
var shared = NewTransport()

// NewClient makes an HTTP client on the shared pool of connections. A timeout of 0 sets none. It follows no redirect:
// the key must not travel to another place, and a POST must not become a GET.
func NewClient(timeout time.Duration) *http.Client { return ClientOver(shared, timeout) }

// ClientOver makes the same over a transport.
func ClientOver(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: refuseRedirect}
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// NewTransport makes a transport with the settings of the shared one and a pool of its own.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           idleTotal,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    tlsTimeout,
		ExpectContinueTimeout:  continueTimeout,
		MaxResponseHeaderBytes: headerBytesBound,
		OnProxyConnectResponse: checkProxy,
	}
}

// errProxyRefused says that a proxy let nothing through, which it will not the next time either.
var errProxyRefused = errors.New("the proxy refused the connection")

func checkProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode >= 400 && answer.StatusCode <= 499 {
		return fmt.Errorf("%w: %s", errProxyRefused, Line(answer.Status))
	}
	return nil
}

// CloseIdle closes the connections that doer keeps for later, where it can.
func CloseIdle(doer Doer) {
	if closer, ok := doer.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
