package openrouter

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/retry"
)

// ServerProduction is the name of the server that is called unless another one is named.
const ServerProduction = "production"

// ServerList has the URLs of the named servers.
var ServerList = map[string]string{ServerProduction: "http://127.0.0.1:8080/api/v1"}

// Bounds one attempt of the default HTTP client, as callers of the original expect.
const attemptTimeout = 60 * time.Second

// HTTPClient sends one HTTP request. *http.Client is one.
type HTTPClient interface {
	Do(req *http.Request) (*http.Response, error)
}

// OpenRouter is the client. It is safe for use by many goroutines at once, and starts none.
type OpenRouter struct {
	// SDKVersion is the version of this module.
	SDKVersion string
	// APIKeys manages keys.
	APIKeys *APIKeys
	// Credits shows how much money there is.
	Credits *Credits
	// Analytics reports usage.
	Analytics *Analytics
	// Latchkey verifies keys and spends their money, with the same server, HTTP client, credential, timeout and retries.
	Latchkey *latchkey.Client

	settings settings
}

// settings is what the options of a client have set.
type settings struct {
	serverURL string
	// Whether the URL was given: an empty one is then a mistake and not the default.
	serverURLGiven bool
	server         string
	doer           HTTPClient
	// A function, so that printing a client cannot print its key.
	security func(context.Context) (components.Security, error)
	referer  string
	title    string
	retries  *retry.Config
	timeout  *time.Duration
	sleep    exchange.Sleeper
	logger   *slog.Logger
}

// SDKOption sets one thing about a new client.
type SDKOption func(*OpenRouter)

// WithServerURL names the server, with the path of the version, such as https://keys.example.com/api/v1. What cannot be
// called, also the empty text, is refused by every call, before anything is sent.
func WithServerURL(serverURL string) SDKOption {
	return func(sdk *OpenRouter) {
		sdk.settings.serverURL, sdk.settings.serverURLGiven = strings.TrimRight(serverURL, "/"), true
	}
}

// WithTemplatedServerURL names the server; every {name} in the URL becomes the parameter's value.
func WithTemplatedServerURL(serverURL string, params map[string]string) SDKOption {
	return WithServerURL(operations.FillServerURL(serverURL, params))
}

// WithServer takes the server from ServerList. It panics for a name that is not there. A server URL goes before it.
func WithServer(server string) SDKOption {
	if _, known := ServerList[server]; !known {
		panic(fmt.Errorf("there is no server %q", server))
	}
	return func(sdk *OpenRouter) { sdk.settings.server = server }
}

// WithClient sends the requests. Whether redirects are followed is then its own affair; the default follows none.
func WithClient(client HTTPClient) SDKOption {
	return func(sdk *OpenRouter) { sdk.settings.doer = client }
}

// WithSecurity is the credential of the calls. Without it the environment variable OPENROUTER_API_KEY is.
func WithSecurity(apiKey string) SDKOption {
	return WithSecuritySource(func(context.Context) (components.Security, error) {
		return components.Security{APIKey: &apiKey}, nil
	})
}

// WithSecuritySource is asked for the credential once for every call.
func WithSecuritySource(security func(context.Context) (components.Security, error)) SDKOption {
	return func(sdk *OpenRouter) { sdk.settings.security = security }
}

// WithHTTPReferer names the calling site. Without it the environment variable OPENROUTER_HTTP_REFERER does.
func WithHTTPReferer(referer string) SDKOption {
	return func(sdk *OpenRouter) { sdk.settings.referer = referer }
}

// WithXTitle names the calling program. Without it the environment variable OPENROUTER_X_TITLE does.
func WithXTitle(title string) SDKOption {
	return func(sdk *OpenRouter) { sdk.settings.title = title }
}

// WithRetryConfig says how calls are repeated. Without it they are after 500 ms and more with the power 1.5, at most
// 60 s, for an hour.
func WithRetryConfig(config retry.Config) SDKOption {
	return func(sdk *OpenRouter) { sdk.settings.retries = &config }
}

// WithTimeout bounds a call with all of its retries. Without it, or with 0, only the context does, and 60 seconds each
// attempt.
func WithTimeout(timeout time.Duration) SDKOption {
	return func(sdk *OpenRouter) { sdk.settings.timeout = &timeout }
}

// WithLogger notes every attempt of a call; see [latchkey.WithLogger].
func WithLogger(logger *slog.Logger) SDKOption {
	return func(sdk *OpenRouter) { sdk.settings.logger = logger }
}

// New makes a client. It reads the environment now and not later, and opens no connection yet.
func New(opts ...SDKOption) *OpenRouter {
	sdk := &OpenRouter{SDKVersion: latchkey.Version}
	sdk.settings.server = ServerProduction
	sdk.settings.sleep = exchange.Sleep
	for _, opt := range opts {
		opt(sdk)
	}
	s := &sdk.settings
	if !s.serverURLGiven {
		s.serverURL = strings.TrimRight(ServerList[s.server], "/")
	}
	if s.security == nil {
		WithSecurity(os.Getenv("OPENROUTER_API_KEY"))(sdk)
	}
	if s.referer == "" {
		s.referer = os.Getenv("OPENROUTER_HTTP_REFERER")
	}
	if s.title == "" {
		s.title = os.Getenv("OPENROUTER_X_TITLE")
	}
	if s.doer == nil {
		s.doer = exchange.NewClient(attemptTimeout)
	}
	sdk.APIKeys = &APIKeys{settings: s}
	sdk.Credits = &Credits{settings: s}
	sdk.Analytics = &Analytics{settings: s}
	sdk.Latchkey = latchkey.New(s.native()...)
	return sdk
}

// Close closes the connections that are kept for later; see [latchkey.Client.Close].
func (sdk *OpenRouter) Close() error { return sdk.Latchkey.Close() }

// native is the same settings for the native client.
func (s *settings) native() []latchkey.Option {
	options := []latchkey.Option{
		latchkey.WithBaseURL(strings.TrimSuffix(s.serverURL, "/api/v1")),
		latchkey.WithClient(s.doer),
		latchkey.WithLogger(s.logger),
		latchkey.WithAPIKeySource(func(ctx context.Context) (string, error) {
			security, err := s.security(ctx)
			if key := security.GetAPIKey(); err == nil && key != nil {
				return *key, nil
			}
			return "", err
		}),
	}
	if s.timeout != nil {
		options = append(options, latchkey.WithTimeout(*s.timeout))
	}
	if s.retries != nil {
		options = append(options, latchkey.WithRetryConfig(nativeRetries(*s.retries)))
	}
	return options
}
