package latchkey

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"latchkey.example/go/internal/exchange"
)

// ErrMalformed is in the chain of the error when the server, or whatever answered in its place, said something that is
// no answer to the call. It was not repeated: money may have been taken.
var ErrMalformed = errors.New("the answer is malformed")

// post makes one call and decodes its answer into result. A nil body sends none.
func (c *Client) post(ctx context.Context, path string, header http.Header, body, result any) error {
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	request, err := c.request(ctx, path, header, body)
	if err != nil {
		return fmt.Errorf("latchkey: POST %s: %w", path, err)
	}
	reply, err := exchange.Run(ctx, c.doer, request, c.retries.policy(), c.sleep)
	switch {
	case errors.Is(err, exchange.ErrTooLarge):
		return fmt.Errorf("latchkey: POST %s: %w: %w", path, ErrMalformed, err)
	case err != nil:
		return fmt.Errorf("latchkey: POST %s: %w", path, err)
	case reply.Status < 200 || reply.Status > 299:
		return errorOf(path, reply)
	}
	if err := decode(reply.Body, result); err != nil {
		return fmt.Errorf("latchkey: POST %s: status %d: %w: %w", path, reply.Status, ErrMalformed, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, path string, header http.Header, body any) (exchange.Request, error) {
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

func decode(body []byte, result any) error {
	if err := json.Unmarshal(body, result); err != nil {
		return err
	}
	if checked, ok := result.(interface{ check() error }); ok {
		return checked.check()
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
