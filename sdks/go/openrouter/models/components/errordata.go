package components

import "latchkey.example/go/openrouter/optionalnullable"

// ErrorData is what the server says about a failure. Kind keeps the failures apart; it has no values.
type ErrorData[Kind any] struct {
	// Code is the HTTP status once more.
	Code int64 `json:"code"`
	// Message says what went wrong.
	Message string `json:"message"`
	// Metadata has more about it, such as error_type.
	Metadata optionalnullable.OptionalNullable[map[string]any] `json:"metadata,omitempty"`
}

// GetCode is Code, and 0 for nil.
func (d *ErrorData[Kind]) GetCode() int64 { return orZero(d).Code }

// GetMessage is Message, and empty for nil.
func (d *ErrorData[Kind]) GetMessage() string { return orZero(d).Message }

// GetMetadata is Metadata, and unset for nil.
func (d *ErrorData[Kind]) GetMetadata() optionalnullable.OptionalNullable[map[string]any] {
	return orZero(d).Metadata
}

// The data of each failure is a type of its own.
type (
	// BadRequestResponseErrorData is of status 400: the request is not valid.
	BadRequestResponseErrorData = ErrorData[badRequest]
	// UnauthorizedResponseErrorData is of status 401: no usable credential.
	UnauthorizedResponseErrorData = ErrorData[unauthorized]
	// PaymentRequiredResponseErrorData is of status 402: no money left.
	PaymentRequiredResponseErrorData = ErrorData[paymentRequired]
	// ForbiddenResponseErrorData is of status 403: the credential may not do this.
	ForbiddenResponseErrorData = ErrorData[forbidden]
	// NotFoundResponseErrorData is of status 404: there is no such record.
	NotFoundResponseErrorData = ErrorData[notFound]
	// RequestTimeoutResponseErrorData is of status 408: the request did not arrive in time.
	RequestTimeoutResponseErrorData = ErrorData[requestTimeout]
	// ConflictResponseErrorData is of status 409: the state of the record does not allow this.
	ConflictResponseErrorData = ErrorData[conflict]
	// GoneResponseErrorData is of status 410: it no longer exists.
	GoneResponseErrorData = ErrorData[gone]
	// PayloadTooLargeResponseErrorData is of status 413: the body is too large.
	PayloadTooLargeResponseErrorData = ErrorData[payloadTooLarge]
	// UnprocessableEntityResponseErrorData is of status 422: the request is understood and cannot be followed.
	UnprocessableEntityResponseErrorData = ErrorData[unprocessableEntity]
	// TooManyRequestsResponseErrorData is of status 429: too many requests.
	TooManyRequestsResponseErrorData = ErrorData[tooManyRequests]
	// InternalServerResponseErrorData is of status 500: a fault of the server.
	InternalServerResponseErrorData = ErrorData[internalServer]
	// BadGatewayResponseErrorData is of status 502: a server behind the server failed.
	BadGatewayResponseErrorData = ErrorData[badGateway]
	// ServiceUnavailableResponseErrorData is of status 503: the service is not available now.
	ServiceUnavailableResponseErrorData = ErrorData[serviceUnavailable]
	// EdgeNetworkTimeoutResponseErrorData is of status 524: a server behind the server took too long.
	EdgeNetworkTimeoutResponseErrorData = ErrorData[edgeNetworkTimeout]
	// ProviderOverloadedResponseErrorData is of status 529: a provider behind the server is overloaded.
	ProviderOverloadedResponseErrorData = ErrorData[providerOverloaded]
)

type (
	badRequest          struct{}
	unauthorized        struct{}
	paymentRequired     struct{}
	forbidden           struct{}
	notFound            struct{}
	requestTimeout      struct{}
	conflict            struct{}
	gone                struct{}
	payloadTooLarge     struct{}
	unprocessableEntity struct{}
	tooManyRequests     struct{}
	internalServer      struct{}
	badGateway          struct{}
	serviceUnavailable  struct{}
	edgeNetworkTimeout  struct{}
	providerOverloaded  struct{}
)
