package latchkey

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"latchkey.example/go/internal/exchange"
)

// ErrMalformed is in the chain of the error when the server, or whatever answered in its place, said something that is
// no answer to the call, or more than 16 MiB. It was not repeated: money may have been taken.
var ErrMalformed = exchange.ErrMalformed

// post makes one call, decodes its answer into result, and fails where check does. A nil body sends none.
func (c *Client) post(ctx context.Context, path string, header http.Header, body any, result any, check func() error) (Response, error) {
	operation := http.MethodPost + " " + path
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	request, err := c.request(ctx, path, header, body)
	if err != nil {
		return Response{}, fmt.Errorf("latchkey: %s: %w", operation, err)
	}
	policy := c.retries.policy()
	policy.AttemptTimeout = c.attemptTimeout
	policy.Observe = exchange.LogTo(ctx, c.logger, operation)
	reply, err := exchange.Run(ctx, c.doer, request, policy, c.sleep)
	switch {
	case err != nil:
		return Response{}, fmt.Errorf("latchkey: %s: %w", operation, err)
	case !reply.Success():
		return Response{}, errorOf(operation, reply)
	}
	if err := decode(reply, result, check); err != nil {
		return Response{}, fmt.Errorf("latchkey: %s: status %d%s: %w", operation, reply.Status, quotedID(reply.RequestID()), err)
	}
	return responseOf(reply), nil
}

func (c *Client) request(ctx context.Context, path string, header http.Header, body any) (exchange.Request, error) {
	if c.fault != nil {
		return exchange.Request{}, c.fault
	}
	request := exchange.Request{Method: http.MethodPost, URL: c.baseURL + path, Header: header.Clone()}
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
	if body == nil {
		return request, nil
	}
	request.Header.Set("Content-Type", "application/json")
	request.Body, err = json.Marshal(body)
	return request, err
}

// decode reads what the call answers with. Whatever an answer lacks is zero, so check tells whether it is one at all.
func decode(reply *exchange.Reply, result any, check func() error) error {
	// Other successes are no answers: nothing, a part, or a promise to do it later.
	if reply.Status != http.StatusOK && reply.Status != http.StatusCreated {
		return fmt.Errorf("%w: the call never answers with this status", ErrMalformed)
	}
	if err := exchange.Decode(reply.Body, result, exchange.ValuesMax); err != nil {
		return err
	}
	if err := check(); err != nil {
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
