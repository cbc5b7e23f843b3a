package openrouter

import (
	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/sdkerrors"
)

// The failures that operations here declare, by status.
var failures = map[int]func(body []byte) error{
	400: failure[components.BadRequestResponseErrorData],
	401: failure[components.UnauthorizedResponseErrorData],
	403: failure[components.ForbiddenResponseErrorData],
	404: failure[components.NotFoundResponseErrorData],
	429: failure[components.TooManyRequestsResponseErrorData],
	500: failure[components.InternalServerResponseErrorData],
}

// typedError is the error that the operation declares for the reply's status.
func typedError(reply *exchange.Reply) error { return failures[reply.Status](reply.Body) }

func failure[Data any](body []byte) error {
	typed := new(sdkerrors.ResponseError[Data])
	if err := decode(body, typed, exchange.ValuesMax); err != nil {
		return err
	}
	return typed
}
