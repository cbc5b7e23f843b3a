package openrouter

import (
	"errors"

	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/sdkerrors"
)

// The failures that operations here declare, by status.
var failures = map[int]func(*exchange.Reply) error{
	400: failure[components.BadRequestResponseErrorData],
	401: failure[components.UnauthorizedResponseErrorData],
	403: failure[components.ForbiddenResponseErrorData],
	404: failure[components.NotFoundResponseErrorData],
	429: failure[components.TooManyRequestsResponseErrorData],
	500: failure[components.InternalServerResponseErrorData],
}

// typedError is the error that the operation declares for the reply's status.
func typedError(op operation, reply *exchange.Reply) error {
	err := failures[reply.Status](reply)
	if errors.Is(err, exchange.ErrMalformed) {
		return malformed(op, reply, err)
	}
	return err
}

func failure[Data any](reply *exchange.Reply) error {
	typed := new(sdkerrors.ResponseError[Data])
	if err := exchange.Decode(reply.Body, typed, exchange.ValuesMax); err != nil {
		return err
	}
	typed.RawResponse = reply.Response()
	return typed
}
