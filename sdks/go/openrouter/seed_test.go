package openrouter_test

// Source: 002_b271c0f0c5ef8dea.txt, the page "API keys" of the Go SDK. Every operation of the page is called here as a
// program that used the original would call it, and every error type that the page lists is caught from it.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey.example/go/openrouter"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
	"latchkey.example/go/openrouter/optionalnullable"
	"latchkey.example/go/openrouter/retry"
)

const seedHash = "f01d52606dc8f0a8303a7b5cc3fa07109c2e346cec7c0a16b40de462992ce943"

// seedOperation is an operation of the page: its call, the status of its success, and the errors that it lists.
type seedOperation struct {
	name   string
	method string
	path   string
	status int
	body   string
	call   func(context.Context, *openrouter.OpenRouter, ...operations.Option) error
	errors map[int]func(error) bool
}

func caught[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

var (
	seedBadRequest      = caught[*sdkerrors.BadRequestResponseError]
	seedUnauthorized    = caught[*sdkerrors.UnauthorizedResponseError]
	seedForbidden       = caught[*sdkerrors.ForbiddenResponseError]
	seedNotFound        = caught[*sdkerrors.NotFoundResponseError]
	seedTooManyRequests = caught[*sdkerrors.TooManyRequestsResponseError]
	seedInternalServer  = caught[*sdkerrors.InternalServerResponseError]
	seedAPIError        = caught[*sdkerrors.APIError]
)

var seedOperations = []seedOperation{
	{
		"GetCurrentKeyMetadata", "GET", "/api/v1/key", 200, `{"data":{"label":"l"}}`,
		func(ctx context.Context, s *openrouter.OpenRouter, opts ...operations.Option) error {
			var res *operations.GetCurrentKeyResponse
			res, err := s.APIKeys.GetCurrentKeyMetadata(ctx, opts...)
			return checked(err, func() bool { return res != nil && res.Data.Label == "l" })
		},
		map[int]func(error) bool{401: seedUnauthorized, 500: seedInternalServer},
	},
	{
		"List", "GET", "/api/v1/keys?include_disabled=false&offset=0&workspace_id=0df9e665-d932-5740-b2c7-b52af166bc11", 200, `{"data":[{"name":"n"}]}`,
		func(ctx context.Context, s *openrouter.OpenRouter, opts ...operations.Option) error {
			offset := optionalnullable.From(openrouter.Pointer[int64](0))
			var res *operations.ListResponse
			res, err := s.APIKeys.List(ctx, openrouter.Pointer(false), offset, openrouter.Pointer("0df9e665-d932-5740-b2c7-b52af166bc11"), opts...)
			return checked(err, func() bool { return res != nil && res.Data[0].Name == "n" })
		},
		map[int]func(error) bool{401: seedUnauthorized, 429: seedTooManyRequests, 500: seedInternalServer},
	},
	{
		"Create", "POST", "/api/v1/keys", 201, `{"data":{"name":"n"},"key":"k"}`,
		func(ctx context.Context, s *openrouter.OpenRouter, opts ...operations.Option) error {
			var res *operations.CreateKeysResponse
			res, err := s.APIKeys.Create(ctx, operations.CreateKeysRequest{Name: "My New API Key"}, opts...)
			return checked(err, func() bool { return res != nil && res.Key == "k" })
		},
		map[int]func(error) bool{400: seedBadRequest, 401: seedUnauthorized, 403: seedForbidden, 429: seedTooManyRequests, 500: seedInternalServer},
	},
	{
		"Delete", "DELETE", "/api/v1/keys/" + seedHash, 200, `{"deleted":true}`,
		func(ctx context.Context, s *openrouter.OpenRouter, opts ...operations.Option) error {
			var res *operations.DeleteKeysResponse
			res, err := s.APIKeys.Delete(ctx, seedHash, opts...)
			return checked(err, func() bool { return res != nil && res.GetDeleted() })
		},
		map[int]func(error) bool{401: seedUnauthorized, 404: seedNotFound, 429: seedTooManyRequests, 500: seedInternalServer},
	},
	{
		"Get", "GET", "/api/v1/keys/" + seedHash, 200, `{"data":{"hash":"` + seedHash + `"}}`,
		func(ctx context.Context, s *openrouter.OpenRouter, opts ...operations.Option) error {
			var res *operations.GetKeyResponse
			res, err := s.APIKeys.Get(ctx, seedHash, opts...)
			return checked(err, func() bool { return res != nil && res.Data.Hash == seedHash })
		},
		map[int]func(error) bool{401: seedUnauthorized, 404: seedNotFound, 429: seedTooManyRequests, 500: seedInternalServer},
	},
	{
		"Update", "PATCH", "/api/v1/keys/" + seedHash, 200, `{"data":{"name":"Updated API Key Name"}}`,
		func(ctx context.Context, s *openrouter.OpenRouter, opts ...operations.Option) error {
			var res *operations.UpdateKeysResponse
			res, err := s.APIKeys.Update(ctx, seedHash, operations.UpdateKeysRequestBody{
				Disabled:           openrouter.Pointer(false),
				IncludeBYOKInLimit: openrouter.Pointer(true),
				Limit:              optionalnullable.From(openrouter.Pointer[float64](75)),
				LimitReset:         optionalnullable.From(openrouter.Pointer(operations.UpdateKeysLimitResetDaily)),
				Name:               openrouter.Pointer("Updated API Key Name"),
			}, opts...)
			return checked(err, func() bool { return res != nil && res.Data.Name == "Updated API Key Name" })
		},
		map[int]func(error) bool{400: seedBadRequest, 401: seedUnauthorized, 404: seedNotFound, 429: seedTooManyRequests, 500: seedInternalServer},
	},
}

func checked(err error, fits func() bool) error {
	if err == nil && !fits() {
		return errors.New("the answer is not what the server said")
	}
	return err
}

// seedServer answers every request with one status and remembers the request.
func seedServer(t *testing.T, status int, body string, seen *string) *openrouter.OpenRouter {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*seen = r.Method + " " + r.URL.RequestURI()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return openrouter.New(openrouter.WithServerURL(server.URL+"/api/v1"), openrouter.WithSecurity("k"))
}

func TestEveryOperationOfTheSeedIsCalledAsThere(t *testing.T) {
	for _, op := range seedOperations {
		var seen string
		client := seedServer(t, op.status, op.body, &seen)
		if err := op.call(context.Background(), client); err != nil || seen != op.method+" "+op.path {
			t.Errorf("%s: %v, sent %s", op.name, err, seen)
		}
	}
}

func TestEveryErrorOfTheSeedIsCaughtAsThere(t *testing.T) {
	once := operations.WithRetries(retry.Config{Strategy: "none"})
	for _, op := range seedOperations {
		for _, status := range []int{400, 401, 403, 404, 409, 418, 422, 429, 500, 501, 502, 503} {
			// A later version of the page lists 400 for List as well.
			is := op.errors[status]
			if op.name == "List" && status == 400 {
				is = seedBadRequest
			}
			if is == nil {
				is = seedAPIError
			}
			var seen string
			client := seedServer(t, status, fmt.Sprintf(`{"error":{"code":%d,"message":"m"}}`, status), &seen)
			if err := op.call(context.Background(), client, once); !is(err) {
				t.Errorf("%s %d: %T %v", op.name, status, err, err)
			}
		}
	}
}
