package latchkey

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"latchkey.example/go/internal/exchange"
)

// ErrMalformed is in the chain of the error when the server, or whatever answered in its place, said something that is
// no answer to the call, or more than 16 MiB. It was not repeated: money may have been taken.
var ErrMalformed = exchange.ErrMalformed

// outgoing is one call, before it is sent.
type outgoing struct {
	method string
	// path is below the base URL, with {} in the places of names.
	path  string
	names []string
	query url.Values
	// header has more headers; it is the call's own.
	header http.Header
	// body is sent as JSON; nil sends none.
	body any
	// once tells that doing it twice is not the same as doing it once. Then only what the server refused to begin is repeated.
	once bool
	// values is how many values the answer may have; 0 for as many as everyday answers.
	values int
}

// do makes a call, decodes its answer into result, and fails where check does. A nil result takes an answer without a body.
func (c *Client) do(ctx context.Context, call outgoing, result any, check func(body []byte) error) (Response, error) {
	operation := call.method + " " + call.path
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	request, err := c.request(ctx, call)
	if err != nil {
		return Response{}, fmt.Errorf("latchkey: %s: %w", operation, err)
	}
	policy := c.retries.policy(call.once)
	policy.AttemptTimeout = c.attemptTimeout
	policy.Observe = exchange.LogTo(ctx, c.logger, operation)
	reply, err := exchange.Run(ctx, c.doer, request, policy, c.sleep)
	switch {
	case err != nil:
		return Response{}, fmt.Errorf("latchkey: %s: %w", operation, err)
	case !reply.Success():
		return Response{}, errorOf(operation, reply)
	}
	if err := decode(reply, call, result, check); err != nil {
		return Response{}, fmt.Errorf("latchkey: %s: status %d%s: %w", operation, reply.Status, quotedID(reply.RequestID()), err)
	}
	return responseOf(reply), nil
}

// post makes a call that may be repeated.
func (c *Client) post(ctx context.Context, path string, header http.Header, body any, result any, check func() error) (Response, error) {
	made := outgoing{method: http.MethodPost, path: path, header: header, body: body}
	return c.do(ctx, made, result, func([]byte) error { return check() })
}

// read makes a call whose answer is a model of the server's document, which must be whole.
func read[T any](ctx context.Context, c *Client, call outgoing) (*T, error) {
	result := new(T)
	response, err := c.do(ctx, call, result, func(body []byte) error { return checkWhole(body, result) })
	if err != nil {
		return nil, err
	}
	if answer, is := any(result).(interface{ came(Response) }); is {
		answer.came(response)
	}
	return result, nil
}

func (c *Client) request(ctx context.Context, call outgoing) (exchange.Request, error) {
	if c.fault != nil {
		return exchange.Request{}, c.fault
	}
	target, err := targetOf(call)
	if err != nil {
		return exchange.Request{}, err
	}
	request := exchange.Request{Method: call.method, URL: c.baseURL + target, Header: call.header.Clone()}
	if request.Header == nil {
		request.Header = http.Header{}
	}
	key, err := c.apiKey(ctx)
	if err != nil {
		return request, fmt.Errorf("no credential: %w", err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", UserAgent)
	if call.body == nil {
		return request, nil
	}
	request.Header.Set("Content-Type", "application/json")
	request.Body, err = json.Marshal(call.body)
	return request, err
}

// targetOf is where a call goes below the base URL, escaped.
func targetOf(call outgoing) (string, error) {
	target := call.path
	for _, name := range call.names {
		segment, err := exchange.PathSegment(name)
		if err != nil {
			return "", fmt.Errorf("what names the record %w", err)
		}
		target = strings.Replace(target, "{}", segment, 1)
	}
	if len(call.query) > 0 {
		target += "?" + call.query.Encode()
	}
	return target, nil
}

// decode reads what the call answers with. Whatever an answer lacks is zero, so check tells whether it is one at all.
func decode(reply *exchange.Reply, call outgoing, result any, check func(body []byte) error) error {
	if result == nil {
		if reply.Status != http.StatusNoContent {
			return fmt.Errorf("%w: the call never answers with this status", ErrMalformed)
		}
		return nil
	}
	// Other successes are no answers: nothing, a part, or a promise to do it later.
	if reply.Status != http.StatusOK && reply.Status != http.StatusCreated {
		return fmt.Errorf("%w: the call never answers with this status", ErrMalformed)
	}
	if err := exchange.Decode(reply.Body, result, max(call.values, exchange.ValuesMax)); err != nil {
		return err
	}
	if err := check(reply.Body); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// randomID names a call for the server, so that repeating the call does nothing twice.
func randomID() string {
	var bytes [16]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		panic("latchkey: the system has no randomness: " + err.Error())
	}
	return hex.EncodeToString(bytes[:])
}
