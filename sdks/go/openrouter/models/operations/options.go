package operations

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"latchkey.example/go/openrouter/retry"
)

// ErrUnsupportedOption is the error of a call that was given an option it does not have.
var ErrUnsupportedOption = errors.New("unsupported option")

// The names by which an operation says which of the options it has that not all have.
const (
	SupportedOptionRetries              = "retries"
	SupportedOptionTimeout              = "timeout"
	SupportedOptionAcceptHeaderOverride = "acceptHeaderOverride"
	SupportedOptionURLOverride          = "urlOverride"
)

// AcceptHeaderEnum is a type of content to ask for.
type AcceptHeaderEnum string

// The types of content there are.
const (
	AcceptHeaderEnumApplicationJson        AcceptHeaderEnum = "application/json"
	AcceptHeaderEnumTextEventStream        AcceptHeaderEnum = "text/event-stream"
	AcceptHeaderEnumApplicationOctetStream AcceptHeaderEnum = "application/octet-stream"
)

// ToPointer is a pointer to a copy.
func (e AcceptHeaderEnum) ToPointer() *AcceptHeaderEnum { return &e }

// Options is what the options of one call have set.
type Options struct {
	// ServerURL goes before the client's.
	ServerURL *string
	// Retries goes before the client's.
	Retries *retry.Config
	// Timeout bounds the call with all of its retries and goes before the client's.
	Timeout *time.Duration
	// AcceptHeaderOverride is not offered by the operations here.
	AcceptHeaderOverride *AcceptHeaderEnum
	// URLOverride is not offered by the operations here.
	URLOverride *string
	// SetHeaders go before all other headers of the request.
	SetHeaders map[string]string
	// RawResponse is where the answer goes.
	RawResponse **http.Response
}

// Option sets one thing about one call. It fails where the operation does not support it.
type Option func(opts *Options, supported ...string) error

// WithServerURL sends this call to another server.
func WithServerURL(serverURL string) Option {
	return func(opts *Options, _ ...string) error {
		opts.ServerURL = &serverURL
		return nil
	}
}

// WithTemplatedServerURL sends this call to another server; every {name} in the URL becomes the parameter's value.
func WithTemplatedServerURL(serverURL string, params map[string]string) Option {
	return WithServerURL(FillServerURL(serverURL, params))
}

// FillServerURL puts the parameters in the places of their {name}.
func FillServerURL(serverURL string, params map[string]string) string {
	for name, value := range params {
		serverURL = strings.ReplaceAll(serverURL, "{"+name+"}", value)
	}
	return serverURL
}

// WithRetries repeats this call in another way than the client's.
func WithRetries(config retry.Config) Option {
	return func(opts *Options, supported ...string) error {
		opts.Retries = &config
		return demand(SupportedOptionRetries, supported)
	}
}

// WithOperationTimeout bounds this call with all of its retries.
func WithOperationTimeout(timeout time.Duration) Option {
	return func(opts *Options, supported ...string) error {
		opts.Timeout = &timeout
		return demand(SupportedOptionTimeout, supported)
	}
}

// WithAcceptHeaderOverride asks for another type of content.
func WithAcceptHeaderOverride(accept AcceptHeaderEnum) Option {
	return func(opts *Options, supported ...string) error {
		opts.AcceptHeaderOverride = &accept
		return demand(SupportedOptionAcceptHeaderOverride, supported)
	}
}

// WithURLOverride sends the call to exactly this address.
func WithURLOverride(address string) Option {
	return func(opts *Options, supported ...string) error {
		opts.URLOverride = &address
		return demand(SupportedOptionURLOverride, supported)
	}
}

// WithSetHeaders sets headers of this call, in place of those it has.
func WithSetHeaders(headers map[string]string) Option {
	return func(opts *Options, _ ...string) error {
		opts.SetHeaders = headers
		return nil
	}
}

// WithRawResponse puts the answer into what it points to, with its headers and a body that can be read once more. It is nil
// when there was no answer.
func WithRawResponse(into **http.Response) Option {
	return func(opts *Options, _ ...string) error {
		*into = nil
		opts.RawResponse = into
		return nil
	}
}

func demand(option string, supported []string) error {
	if !slices.Contains(supported, option) {
		return ErrUnsupportedOption
	}
	return nil
}
