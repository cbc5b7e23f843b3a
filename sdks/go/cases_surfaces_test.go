package latchkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/openrouter"
	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
	"latchkey.example/go/openrouter/optionalnullable"
	"latchkey.example/go/openrouter/retry"
)

// surface makes the calls of one wire format and tells what its errors are.
type surface struct {
	call    func(ctx context.Context, to connection, name string, in input) (any, error)
	failure func(error) map[string]any
}

// connection is whom to call, by what credential, and how.
type connection struct {
	url, credential string
	options         caseOptions
}

var surfaces = map[string]surface{
	"openrouter": {callOpenRouter, openRouterFailure},
	"native":     {callNative, nativeFailure},
}

// A call that the case sets no bound for.
const generous = 10 * time.Second

func (c connection) timeout() time.Duration {
	if c.options.TimeoutMs == 0 {
		return generous
	}
	return time.Duration(c.options.TimeoutMs) * time.Millisecond
}

// input is the `with` of a step.
type input struct {
	Hash            string          `json:"hash"`
	ID              string          `json:"id"`
	Body            json.RawMessage `json:"body"`
	IncludeDisabled *bool           `json:"include_disabled"`
	Offset          optionalnullable.OptionalNullable[int64]
	WorkspaceID     *string             `json:"workspace_id"`
	Date            *string             `json:"date"`
	APIKeyHash      *string             `json:"api_key_hash"`
	UserID          *string             `json:"user_id"`
	GroupBy         *operations.GroupBy `json:"group_by"`
	// Of calls on records.
	Ref, More, Reason string
	Query             json.RawMessage
	IdempotencyKey    string
	IfRevision        int64
}

func inputOf(t *testing.T, with any) input {
	var in input
	text, err := json.Marshal(with)
	if err == nil {
		err = strictly(text, &in)
	}
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// strictly fails for members that the SDK has no place for.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func callOpenRouter(ctx context.Context, to connection, name string, in input) (any, error) {
	config := retry.Config{Strategy: "none"}
	if limits := to.options.Retry; limits != nil {
		config = retry.Config{Strategy: "backoff", RetryConnectionErrors: true, Backoff: &retry.BackoffStrategy{
			InitialInterval: limits.InitialMs, MaxInterval: limits.MaxMs, Exponent: 1.5, MaxElapsedTime: limits.MaxElapsedMs,
		}}
	}
	sdk := openrouter.New(
		openrouter.WithServerURL(to.url+"/api/v1"), openrouter.WithSecurity(to.credential),
		openrouter.WithTimeout(to.timeout()), openrouter.WithRetryConfig(config),
	)
	keys := sdk.APIKeys
	switch name {
	case "credits":
		return sdk.Credits.GetCredits(ctx)
	case "activity":
		return sdk.Analytics.GetUserActivity(ctx, in.Date, in.APIKeyHash, in.UserID, in.GroupBy, in.WorkspaceID)
	case "current":
		return keys.GetCurrentKeyMetadata(ctx)
	case "list":
		return keys.List(ctx, in.IncludeDisabled, in.Offset, in.WorkspaceID)
	case "create":
		var request operations.CreateKeysRequest
		if err := strictly(in.Body, &request); err != nil {
			return nil, err
		}
		return keys.Create(ctx, request)
	case "get":
		return keys.Get(ctx, in.Hash)
	case "update":
		var body operations.UpdateKeysRequestBody
		if err := strictly(in.Body, &body); err != nil {
			return nil, err
		}
		return keys.Update(ctx, in.Hash, body)
	case "delete":
		return keys.Delete(ctx, in.Hash)
	}
	return nil, fmt.Errorf("there is no call %q", name)
}

func openRouterFailure(err error) map[string]any {
	var undeclared *sdkerrors.APIError
	if errors.As(err, &undeclared) {
		return map[string]any{"kind": "Default", "status": undeclared.StatusCode, "body": undeclared.Body}
	}
	for _, typed := range []func(error) map[string]any{
		typed[components.BadRequestResponseErrorData]("BadRequest", 400),
		typed[components.UnauthorizedResponseErrorData]("Unauthorized", 401),
		typed[components.ForbiddenResponseErrorData]("Forbidden", 403),
		typed[components.NotFoundResponseErrorData]("NotFound", 404),
		typed[components.TooManyRequestsResponseErrorData]("TooManyRequests", 429),
		typed[components.InternalServerResponseErrorData]("InternalServer", 500),
	} {
		if seen := typed(err); seen != nil {
			return seen
		}
	}
	if strings.HasPrefix(err.Error(), "error unmarshaling json response body: ") {
		return map[string]any{"kind": "Validation"}
	}
	return map[string]any{"kind": transportKind(err)}
}

func typed[Data any, Pointer interface {
	*Data
	GetCode() int64
	GetMessage() string
}](kind string, status int) func(error) map[string]any {
	return func(err error) map[string]any {
		var found *sdkerrors.ResponseError[Data]
		if !errors.As(err, &found) {
			return nil
		}
		data := Pointer(&found.Error_)
		return map[string]any{"kind": kind, "status": status, "code": data.GetCode(), "message": data.GetMessage()}
	}
}

func callNative(ctx context.Context, to connection, name string, in input) (any, error) {
	var config latchkey.RetryConfig
	if limits := to.options.Retry; limits != nil {
		config = latchkey.DefaultRetryConfig()
		config.InitialInterval = time.Duration(limits.InitialMs) * time.Millisecond
		config.MaxInterval = time.Duration(limits.MaxMs) * time.Millisecond
		config.MaxElapsed = time.Duration(limits.MaxElapsedMs) * time.Millisecond
	}
	client := latchkey.New(
		latchkey.WithBaseURL(to.url), latchkey.WithAPIKey(to.credential),
		latchkey.WithTimeout(to.timeout()), latchkey.WithRetryConfig(config),
	)
	switch name {
	case "verify":
		request, err := verifyRequest(in.Body)
		if err != nil {
			return nil, err
		}
		return client.Verify(ctx, request)
	case "reserve":
		var request latchkey.ReserveRequest
		if err := strictly(in.Body, &request); err != nil {
			return nil, err
		}
		return client.Reserve(ctx, request)
	case "extend":
		var request latchkey.ExtendRequest
		if err := strictly(in.Body, &request); err != nil {
			return nil, err
		}
		return client.Extend(ctx, in.ID, request)
	case "settle":
		var request latchkey.SettleRequest
		if err := strictly(in.Body, &request); err != nil {
			return nil, err
		}
		return client.Settle(ctx, in.ID, request)
	case "release":
		return client.Release(ctx, in.ID)
	}
	return managing(ctx, client, name, in)
}

// verifyRequest reads the members by the names of the fields, which differ from the wire's in case only, except for the
// permissions: they have two forms there and two fields here.
func verifyRequest(body []byte) (latchkey.VerifyRequest, error) {
	var wire struct {
		Key, IP, RequestID         string
		Permissions                any
		RateLimits                 []latchkey.RateCost
		Charge, Reserve            *latchkey.USD
		ReserveOnExpiry            latchkey.OnExpiry
		ReserveTTLSeconds, AtLeast int64
		Peek                       bool
		Tags                       []string
	}
	if err := strictly(body, &wire); err != nil {
		return latchkey.VerifyRequest{}, err
	}
	request := latchkey.VerifyRequest{
		Key: wire.Key, IP: wire.IP, RateLimits: wire.RateLimits, Charge: wire.Charge, Reserve: wire.Reserve,
		ReserveTTLSeconds: wire.ReserveTTLSeconds, ReserveOnExpiry: wire.ReserveOnExpiry, RequestID: wire.RequestID, Tags: wire.Tags, Peek: wire.Peek, AtLeast: wire.AtLeast,
	}
	switch permissions := wire.Permissions.(type) {
	case string:
		request.Permissions = permissions
	case []any:
		for _, name := range permissions {
			request.AllPermissions = append(request.AllPermissions, name.(string))
		}
	}
	return request, nil
}

func nativeFailure(err error) map[string]any {
	var answered *latchkey.Error
	switch {
	case errors.As(err, &answered):
		seen := map[string]any{
			"kind": "Api", "status": answered.Status, "code": answered.Code, "message": answered.Detail,
			"requestId": answered.RequestID, "bound": answered.Bound, "neverFits": answered.NeverFits,
		}
		if answered.RetryAfter > 0 {
			seen["retryAfterMs"] = answered.RetryAfter.Milliseconds()
		}
		return seen
	case errors.Is(err, latchkey.ErrMalformed):
		return map[string]any{"kind": "Validation"}
	}
	return map[string]any{"kind": transportKind(err)}
}

func transportKind(err error) string {
	var failed *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return "Aborted"
	case errors.Is(err, context.DeadlineExceeded):
		return "Timeout"
	case errors.As(err, &failed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "Connection"
	}
	return "of no kind"
}
