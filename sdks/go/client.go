package latchkey

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"latchkey.example/go/internal/exchange"
)

const (
	baseURLVariable = "LATCHKEY_BASE_URL"
	defaultBaseURL  = "http://127.0.0.1:8080"
	defaultTimeout  = 30 * time.Second
)

// Doer sends one HTTP request. *http.Client is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Client asks one Latchkey server. It is safe for use by many goroutines at once, and starts none.
type Client struct {
	// Keys makes, lists, reads, changes, rotates, boosts and revokes keys.
	Keys *KeysClient
	// Reservations reads what is or was held.
	Reservations *ReservationsClient
	// Usage records spending that happened elsewhere, and adds all spending up.
	Usage *UsageClient
	// Users manages those whom keys belong to.
	Users *UsersClient
	// Workspaces manages what keys are grouped in.
	Workspaces *WorkspacesClient
	// Audit reads who did what.
	Audit *AuditClient

	baseURL string
	// A function, so that printing a client cannot print its key.
	apiKey         func(context.Context) (string, error)
	doer           Doer
	timeout        time.Duration
	attemptTimeout time.Duration
	retries        RetryConfig
	sleep          exchange.Sleeper
	logger         *slog.Logger
	// Where the base URL comes from: an option, a variable of the environment, or empty for the default.
	source string
	// Why no call can be made.
	fault error
}

// Option sets one thing about a new client.
type Option func(*Client)

// WithBaseURL names the server, such as https://keys.example.com. Without it the environment variable
// LATCHKEY_BASE_URL does, and without that it is http://127.0.0.1:8080. What cannot be called, also the empty text, is
// refused by [Client.Err] and by every call, before anything is sent.
func WithBaseURL(url string) Option {
	return func(c *Client) { c.baseURL, c.source = url, "WithBaseURL" }
}

// WithAPIKey is the credential of the calls. Without it the environment variable LATCHKEY_API_KEY is.
func WithAPIKey(key string) Option {
	return WithAPIKeySource(func(context.Context) (string, error) { return key, nil })
}

// WithAPIKeySource is asked for the credential once for every call, so that it can change while the program runs.
func WithAPIKeySource(source func(context.Context) (string, error)) Option {
	return func(c *Client) { c.apiKey = source }
}

// WithClient sends the requests. Whether redirects are followed is then its own affair; the default follows none, nor does
// one of [NewHTTPClient].
func WithClient(client Doer) Option {
	return func(c *Client) { c.doer = client }
}

// WithTimeout bounds a call with all of its retries. Without it that is 30 seconds; 0 sets no bound but the context's.
func WithTimeout(timeout time.Duration) Option {
	return func(c *Client) { c.timeout = timeout }
}

// WithAttemptTimeout bounds each attempt of a call, to the last byte of its answer, beside the bound on the whole call.
// An attempt that took too long is repeated as a failed connection is. Without it, or with 0, there is no such bound.
func WithAttemptTimeout(timeout time.Duration) Option {
	return func(c *Client) { c.attemptTimeout = timeout }
}

// WithRetryConfig says how calls are repeated, instead of [DefaultRetryConfig]. The zero RetryConfig repeats nothing.
func WithRetryConfig(config RetryConfig) Option {
	return func(c *Client) { c.retries = config }
}

// New makes a client. It reads the environment now and not later, and opens no connection yet.
func New(opts ...Option) *Client {
	client := &Client{timeout: defaultTimeout, retries: DefaultRetryConfig(), sleep: exchange.Sleep}
	for _, opt := range opts {
		opt(client)
	}
	client.Keys = &KeysClient{client}
	client.Reservations = &ReservationsClient{client}
	client.Usage = &UsageClient{client}
	client.Users = &UsersClient{client}
	client.Workspaces = &WorkspacesClient{Members: &MembersClient{client}, client: client}
	client.Audit = &AuditClient{client}
	client.findServer()
	if client.apiKey == nil {
		WithAPIKey(os.Getenv("LATCHKEY_API_KEY"))(client)
	}
	if client.doer == nil {
		client.doer = exchange.NewClient(0)
	}
	return client
}

// findServer settles the base URL. A mistake is kept for the calls, which would otherwise go to the default with the key.
func (c *Client) findServer() {
	if c.source == "" {
		if c.baseURL = os.Getenv(baseURLVariable); c.baseURL != "" {
			c.source = baseURLVariable
		} else {
			c.baseURL = defaultBaseURL
		}
	}
	address, err := exchange.BaseURL(c.baseURL)
	if err != nil {
		c.fault = fmt.Errorf("%s: %w", c.source, err)
	}
	c.baseURL = address
}

// Err tells what is wrong with the client's settings, so that a program can end at its start. Every call fails with it.
func (c *Client) Err() error {
	if c.fault == nil {
		return nil
	}
	return fmt.Errorf("latchkey: %w", c.fault)
}

// CloseIdleConnections closes the connections that are kept for later. Clients without an HTTP client of their own
// share them.
func (c *Client) CloseIdleConnections() { exchange.CloseIdle(c.doer) }

// Close closes the connections that are kept for later, for those who close what they open. There is nothing else to
// close: a client has no goroutines, calls that run go on, and later calls open connections anew. It never fails.
func (c *Client) Close() error {
	c.CloseIdleConnections()
	return nil
}
