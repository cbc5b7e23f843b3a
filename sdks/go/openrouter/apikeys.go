package openrouter

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/optionalnullable"
)

// APIKeys manages keys.
type APIKeys struct{ settings *settings }

// GetCurrentKeyMetadata shows the key of the call itself. Any valid key may ask.
func (a *APIKeys) GetCurrentKeyMetadata(
	ctx context.Context, opts ...operations.Option,
) (*operations.GetCurrentKeyResponse, error) {
	op := operation{method: http.MethodGet, path: "/key", success: 200, failures: []int{401, 500}}
	return call(ctx, a.settings, op, opts, checkCurrent)
}

// List lists the keys of one workspace, newest first and at most 100, from the offset on. Nil and unset arguments leave
// it to the server: without disabled keys, from the first on, of the default workspace.
func (a *APIKeys) List(
	ctx context.Context, includeDisabled *bool, offset optionalnullable.OptionalNullable[int64], workspaceID *string,
	opts ...operations.Option,
) (*operations.ListResponse, error) {
	query := url.Values{}
	if includeDisabled != nil {
		query.Set("include_disabled", strconv.FormatBool(*includeDisabled))
	}
	if count, _ := offset.Get(); count != nil {
		query.Set("offset", strconv.FormatInt(*count, 10))
	}
	if workspaceID != nil {
		query.Set("workspace_id", *workspaceID)
	}
	op := operation{method: http.MethodGet, path: withQuery("/keys", query), success: 200, failures: []int{400, 401, 429, 500}}
	return call(ctx, a.settings, op, opts, checkList)
}

// Create makes a key. Its text is in the answer and is never shown again. An answer of 500 or more means that no key was
// made. When the connection is lost before the answer nobody here knows, and a repetition may make a second key; turn
// RetryConnectionErrors off where that matters.
func (a *APIKeys) Create(
	ctx context.Context, request operations.CreateKeysRequest, opts ...operations.Option,
) (*operations.CreateKeysResponse, error) {
	op := operation{
		method: http.MethodPost, path: "/keys", body: request,
		success: 201, failures: []int{400, 401, 403, 429, 500},
	}
	return call(ctx, a.settings, op, opts, checkCreated)
}

// Delete deletes a key for good.
func (a *APIKeys) Delete(
	ctx context.Context, hash string, opts ...operations.Option,
) (*operations.DeleteKeysResponse, error) {
	op := operation{method: http.MethodDelete, success: 200, failures: []int{401, 404, 429, 500}}
	return callKey(ctx, a.settings, op, hash, opts, checkDeleted)
}

// Get shows a key.
func (a *APIKeys) Get(
	ctx context.Context, hash string, opts ...operations.Option,
) (*operations.GetKeyResponse, error) {
	op := operation{method: http.MethodGet, success: 200, failures: []int{401, 404, 429, 500}}
	return callKey(ctx, a.settings, op, hash, opts, checkGot)
}

// Update changes what is set in the body and leaves the rest of the key as it is.
func (a *APIKeys) Update(
	ctx context.Context, hash string, requestBody operations.UpdateKeysRequestBody, opts ...operations.Option,
) (*operations.UpdateKeysResponse, error) {
	op := operation{
		method: http.MethodPatch, body: requestBody,
		success: 200, failures: []int{400, 401, 404, 429, 500},
	}
	return callKey(ctx, a.settings, op, hash, opts, checkUpdated)
}

// callKey makes a call about the key that the hash names.
func callKey[T any](
	ctx context.Context, s *settings, op operation, hash string, opts []operations.Option, check func(*T) error,
) (*T, error) {
	segment, err := exchange.PathSegment(hash)
	if err != nil {
		return nil, fmt.Errorf("the hash %w", err)
	}
	op.path = "/keys/" + segment
	return call(ctx, s, op, opts, check)
}
