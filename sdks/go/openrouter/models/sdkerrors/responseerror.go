package sdkerrors

import (
	"encoding/json"
	"net/http"
	"time"

	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/models/components"
)

// ResponseError is a failure that the operation declares. Data is the type that keeps the failures apart. Match it by
// errors.As with a pointer:
//
//	var missing *sdkerrors.NotFoundResponseError
//	if errors.As(err, &missing) { ... }
type ResponseError[Data any] struct {
	// Error_ is what the server says about it.
	Error_ Data `json:"error"`
	// OpenrouterMetadata has more about how it was handled, if the server says so.
	OpenrouterMetadata map[string]any `json:"openrouter_metadata,omitempty"`
	// UserID is whose call it was, if the server says so.
	UserID *string `json:"user_id,omitempty"`
	// RawResponse is the answer; its body can be read once more.
	RawResponse *http.Response `json:"-"`
}

// RequestID finds the call in the server's log; empty when the answer does not say.
func (e *ResponseError[Data]) RequestID() string { return requestID(e.RawResponse) }

// RetryAfter is how long the server asks to wait; 0 when it does not say, or asks for no wait.
func (e *ResponseError[Data]) RetryAfter() time.Duration { return retryAfter(e.RawResponse) }

// Error is the failure as JSON, or the beginning of a long one.
func (e *ResponseError[Data]) Error() string {
	text, err := json.Marshal(e)
	if err != nil {
		return "the error cannot be shown: " + err.Error()
	}
	return exchange.Beginning(string(text), shownBytesMax)
}

// Every failure is a type of its own.
type (
	// BadRequestResponseError is status 400: the request is not valid.
	BadRequestResponseError = ResponseError[components.BadRequestResponseErrorData]
	// UnauthorizedResponseError is status 401: no usable credential.
	UnauthorizedResponseError = ResponseError[components.UnauthorizedResponseErrorData]
	// PaymentRequiredResponseError is status 402: no money left.
	PaymentRequiredResponseError = ResponseError[components.PaymentRequiredResponseErrorData]
	// ForbiddenResponseError is status 403: the credential may not do this.
	ForbiddenResponseError = ResponseError[components.ForbiddenResponseErrorData]
	// NotFoundResponseError is status 404: there is no such record.
	NotFoundResponseError = ResponseError[components.NotFoundResponseErrorData]
	// RequestTimeoutResponseError is status 408: the request did not arrive in time.
	RequestTimeoutResponseError = ResponseError[components.RequestTimeoutResponseErrorData]
	// ConflictResponseError is status 409: the state of the record does not allow this.
	ConflictResponseError = ResponseError[components.ConflictResponseErrorData]
	// GoneResponseError is status 410: it no longer exists.
	GoneResponseError = ResponseError[components.GoneResponseErrorData]
	// PayloadTooLargeResponseError is status 413: the body is too large.
	PayloadTooLargeResponseError = ResponseError[components.PayloadTooLargeResponseErrorData]
	// UnprocessableEntityResponseError is status 422: the request is understood and cannot be followed.
	UnprocessableEntityResponseError = ResponseError[components.UnprocessableEntityResponseErrorData]
	// TooManyRequestsResponseError is status 429: too many requests.
	TooManyRequestsResponseError = ResponseError[components.TooManyRequestsResponseErrorData]
	// InternalServerResponseError is status 500: a fault of the server.
	InternalServerResponseError = ResponseError[components.InternalServerResponseErrorData]
	// BadGatewayResponseError is status 502: a server behind the server failed.
	BadGatewayResponseError = ResponseError[components.BadGatewayResponseErrorData]
	// ServiceUnavailableResponseError is status 503: the service is not available now.
	ServiceUnavailableResponseError = ResponseError[components.ServiceUnavailableResponseErrorData]
	// EdgeNetworkTimeoutResponseError is status 524: a server behind the server took too long.
	EdgeNetworkTimeoutResponseError = ResponseError[components.EdgeNetworkTimeoutResponseErrorData]
	// ProviderOverloadedResponseError is status 529: a provider behind the server is overloaded.
	ProviderOverloadedResponseError = ResponseError[components.ProviderOverloadedResponseErrorData]
)
