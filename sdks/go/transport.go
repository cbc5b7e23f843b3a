package latchkey

import (
	"net/http"

	"latchkey.example/go/internal/exchange"
)

// NewTransport makes a transport with the settings of the clients and a pool of connections of its own, to change its
// proxy, certificates or bounds and give it to [NewHTTPClient]. Unless changed, it takes its proxy from the environment
// variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
func NewTransport() *http.Transport { return exchange.NewTransport() }

// NewHTTPClient makes an HTTP client over this transport that follows no redirect, as the clients' own: the key must not
// travel to another place. Give it to [WithClient].
func NewHTTPClient(transport http.RoundTripper) *http.Client {
	return exchange.ClientOver(transport, 0)
}
