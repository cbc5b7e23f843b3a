package openrouter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"latchkey.example/go"
	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
)

// operation is one call on the wire.
type operation struct {
	method string
	// path goes after the server's URL, with its query.
	path string
	// body is sent as JSON unless nil.
	body any
	// valuesMax is how many values the answer may have; 0 for exchange.ValuesMax.
	valuesMax int
	// success is the one status that is.
	success int
	// failures are the statuses that have an error of their own.
	failures []int
}

// call makes the call and decodes its answer, and fails where check does.
func call[T any](
	ctx context.Context, s *settings, op operation, opts []operations.Option, check func(*T) error,
) (*T, error) {
	var options operations.Options
	for _, opt := range opts {
		supported := []string{operations.SupportedOptionRetries, operations.SupportedOptionTimeout}
		if err := opt(&options, supported...); err != nil {
			return nil, fmt.Errorf("error applying option: %w", err)
		}
	}
	if timeout := cmp.Or(options.Timeout, s.timeout); timeout != nil && *timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *timeout)
		defer cancel()
	}
	request, err := s.request(ctx, op, options)
	if err != nil {
		return nil, err
	}
	policy := policyOf(options.Retries, s.retries)
	policy.Observe = exchange.LogTo(ctx, s.logger, op.name())
	reply, err := exchange.Run(ctx, s.doer, request, policy, s.sleep)
	if err != nil {
		return nil, err
	}
	if options.RawResponse != nil {
		*options.RawResponse = reply.Response()
	}
	if reply.Status != op.success {
		return nil, failureOf(op, reply)
	}
	if !isJSON(reply) {
		return nil, unknownContent(reply)
	}
	result := new(T)
	err = exchange.Decode(reply.Body, result, cmp.Or(op.valuesMax, exchange.ValuesMax))
	if err == nil {
		err = check(result)
	}
	if err != nil {
		return nil, malformed(op, reply, err)
	}
	return result, nil
}

// name is the operation as it stands in messages and logs, without its query.
func (op operation) name() string {
	path, _, _ := strings.Cut(op.path, "?")
	return op.method + " " + path
}

// malformed is the error of an answer that cannot be understood.
func malformed(op operation, reply *exchange.Reply, reason error) error {
	if !errors.Is(reason, exchange.ErrMalformed) {
		reason = fmt.Errorf("%w: %w", exchange.ErrMalformed, reason)
	}
	return fmt.Errorf("error unmarshaling json response body: %w (%s, status %d, request %s)",
		reason, op.name(), reply.Status, exchange.Line(reply.RequestID()))
}

func (s *settings) request(ctx context.Context, op operation, options operations.Options) (exchange.Request, error) {
	serverURL, err := exchange.BaseURL(*cmp.Or(options.ServerURL, &s.serverURL))
	if err != nil {
		return exchange.Request{}, err
	}
	request := exchange.Request{Method: op.method, URL: serverURL + op.path, Header: http.Header{}}
	security, err := s.security(ctx)
	if err != nil {
		return request, fmt.Errorf("error getting the credential: %w", err)
	}
	set := func(name, value string) {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	set("Accept", "application/json")
	set("User-Agent", latchkey.UserAgent)
	set("HTTP-Referer", s.referer)
	set("X-Title", s.title)
	if key := security.GetAPIKey(); key != nil && *key != "" {
		set("Authorization", "Bearer "+*key)
	}
	if op.body != nil {
		set("Content-Type", "application/json")
		if request.Body, err = json.Marshal(op.body); err != nil {
			return request, fmt.Errorf("error serializing request body: %w", err)
		}
	}
	for name, value := range options.SetHeaders {
		request.Header.Set(name, value)
	}
	return request, nil
}

// failureOf is the error of an answer that is no success.
func failureOf(op operation, reply *exchange.Reply) error {
	if reply.Cut {
		return apiError("the answer is larger than 16 MiB", reply)
	}
	for _, status := range op.failures {
		if status == reply.Status {
			if !isJSON(reply) {
				return unknownContent(reply)
			}
			return typedError(op, reply)
		}
	}
	switch location := reply.Location(); {
	case location != "":
		return apiError("redirect to "+exchange.Line(location)+" was not followed; set that as the server URL", reply)
	case reply.Status >= 400 && reply.Status <= 599:
		return apiError("API error occurred", reply)
	}
	return apiError("unknown status code returned", reply)
}

func unknownContent(reply *exchange.Reply) error {
	return apiError("unknown content-type received: "+exchange.Line(reply.Header.Get("Content-Type")), reply)
}

func apiError(message string, reply *exchange.Reply) error {
	return sdkerrors.NewAPIError(message, reply.Status, string(reply.Body), reply.Response())
}

func isJSON(reply *exchange.Reply) bool {
	kind, _, err := mime.ParseMediaType(reply.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}
