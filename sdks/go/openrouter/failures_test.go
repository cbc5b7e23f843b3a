package openrouter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
	"latchkey.example/go/openrouter/retry"
)

// The types of the failures by status: all names there are, whether an operation declares them or not.
var typesByStatus = map[int]func(error) (int64, bool){
	400: as[components.BadRequestResponseErrorData],
	401: as[components.UnauthorizedResponseErrorData],
	402: as[components.PaymentRequiredResponseErrorData],
	403: as[components.ForbiddenResponseErrorData],
	404: as[components.NotFoundResponseErrorData],
	408: as[components.RequestTimeoutResponseErrorData],
	409: as[components.ConflictResponseErrorData],
	410: as[components.GoneResponseErrorData],
	413: as[components.PayloadTooLargeResponseErrorData],
	422: as[components.UnprocessableEntityResponseErrorData],
	429: as[components.TooManyRequestsResponseErrorData],
	500: as[components.InternalServerResponseErrorData],
	502: as[components.BadGatewayResponseErrorData],
	503: as[components.ServiceUnavailableResponseErrorData],
	524: as[components.EdgeNetworkTimeoutResponseErrorData],
	529: as[components.ProviderOverloadedResponseErrorData],
}

func as[Data any, Pointer interface {
	*Data
	GetCode() int64
}](err error) (int64, bool) {
	var typed *sdkerrors.ResponseError[Data]
	if !errors.As(err, &typed) {
		return 0, false
	}
	return Pointer(&typed.Error_).GetCode(), true
}

var declared = map[string][]int{
	"current": {401, 500},
	"list":    {400, 401, 429, 500},
	"create":  {400, 401, 403, 429, 500},
	"get":     {401, 404, 429, 500},
	"update":  {400, 401, 404, 429, 500},
	"delete":  {401, 404, 429, 500},

	"credits":  {401, 403, 500},
	"activity": {400, 401, 403, 404, 500},
}

func TestOnlyTheStatusesThatAnOperationDeclaresAreTyped(t *testing.T) {
	pairs := 0
	for _, call := range calls {
		for status := range typesByStatus {
			pairs++
			body := fmt.Sprintf(`{"error":{"code":%d,"message":"m","metadata":null},"user_id":"u"}`, status)
			server := serve(t, answer{status: status, body: body})
			result, err := call.make(context.Background(), server.client(WithRetryConfig(retry.Config{})))
			if !failed(result, err) {
				t.Fatalf("%s %d: %+v, %v", call.name, status, result, err)
			}
			typed := false
			for _, each := range declared[call.name] {
				typed = typed || each == status
			}
			for other, is := range typesByStatus {
				code, matches := is(err)
				if matches != (typed && other == status) || (matches && code != int64(status)) {
					t.Errorf("%s %d is the error of %d: %v, with code %d", call.name, status, other, matches, code)
				}
			}
			var undeclared *sdkerrors.APIError
			if errors.As(err, &undeclared) == typed {
				t.Errorf("%s %d: %T", call.name, status, err)
			}
			if typed {
				sameJSON(t, err.Error(), body)
				continue
			}
			raw, _ := io.ReadAll(undeclared.RawResponse.Body)
			want := fmt.Sprintf("API error occurred: Status %d\n%s", status, body)
			if undeclared.StatusCode != status || undeclared.Body != body || string(raw) != body || err.Error() != want {
				t.Errorf("%s %d: %+v, raw %s", call.name, status, undeclared, raw)
			}
		}
	}
	t.Logf("%d pairs of operation and status", pairs)
}

func TestATypedErrorHasAllThatItsBodySays(t *testing.T) {
	body := `{"error":{"code":404,"message":"Resource not found","metadata":{"error_type":"not_found"}},"user_id":"u1","openrouter_metadata":{"a":1}}`
	_, err := serve(t, answer{status: 404, body: body}).client().APIKeys.Get(context.Background(), "h")
	var missing *sdkerrors.NotFoundResponseError
	if !errors.As(fmt.Errorf("wrapped: %w", err), &missing) {
		t.Fatalf("%T", err)
	}
	metadata, _ := missing.Error_.GetMetadata().Get()
	if missing.Error_.GetMessage() != "Resource not found" || (*metadata)["error_type"] != "not_found" || *missing.UserID != "u1" || missing.OpenrouterMetadata["a"] != 1.0 {
		t.Errorf("%+v", missing)
	}
	sameJSON(t, err.Error(), body)
}

func TestOnlyTheExactStatusIsASuccess(t *testing.T) {
	for _, call := range calls {
		for _, status := range []int{200, 201, 202, 203, 206} {
			if status == call.success.status {
				continue
			}
			result, err := call.make(context.Background(), serve(t, answer{status: status, body: call.success.body}).client())
			var undeclared *sdkerrors.APIError
			if !failed(result, err) || !errors.As(err, &undeclared) || undeclared.Message != "unknown status code returned" || undeclared.StatusCode != status {
				t.Errorf("%s %d: %+v, %v", call.name, status, result, err)
			}
		}
	}
}

func TestAnswersOfAnotherTypeAreNotRead(t *testing.T) {
	for _, call := range calls {
		for kind, fine := range map[string]bool{
			"application/json": true, "application/json; charset=utf-8": true, "Application/JSON": true,
			"text/html": false, "": false, "application/jsonx": false, "text/json": false,
		} {
			for _, status := range []int{call.success.status, 401} {
				reply := answer{status: status, header: map[string]string{"Content-Type": kind}, body: call.success.body}
				if status == 401 {
					reply.body = `{"error":{"code":401,"message":"m"}}`
				}
				_, err := call.make(context.Background(), serve(t, reply).client())
				var undeclared *sdkerrors.APIError
				refused := errors.As(err, &undeclared) && undeclared.Message == "unknown content-type received: "+kind
				if refused == fine || (fine && status != 401 && err != nil) {
					t.Errorf("%s %d %q: %v", call.name, status, kind, err)
				}
			}
		}
	}
}

func TestWhatDoesNotFitIsAnErrorAndNoAnswer(t *testing.T) {
	bodies := map[string][]string{
		"current": {``, `null`, `[]`, `{`, `{"data":[]}`, `{"data":{"usage":"10"}}`, `{"data":{"expires_at":"tomorrow"}}`, currentJSON + `x`},
		"list":    {``, `null`, `[]`, `{"data":{}}`, `{"data":[1]}`},
		"create":  {``, `null`, `{"data":{},"key":1}`, `{"data":{"expires_at":"2030-01-02"}}`},
		"get":     {``, `null`, `"x"`, `{"data":{"limit":"5"}}`, `{"data":{"expires_at":"2030-01-02 03:04:05Z"}}`, `{"data":{"expires_at":"2030-01-02T03:04Z"}}`},
		"update":  {``, `null`, `{"data":{"disabled":0}}`},
		"delete":  {``, `null`, `{"deleted":false}`, `{"deleted":null}`, `{"deleted":"true"}`, `[]`},
	}
	for _, call := range calls {
		for _, body := range bodies[call.name] {
			server := serve(t, answer{status: call.success.status, body: body})
			result, err := call.make(context.Background(), server.client())
			if !failed(result, err) || !strings.HasPrefix(err.Error(), "error unmarshaling json response body: ") || len(server.requests()) != 1 {
				t.Errorf("%s %q: %+v, %v", call.name, body, result, err)
			}
		}
	}
	for _, body := range []string{`{"error":{"code":"401","message":"m"}}`, `{"error":"m"}`, `null`, `Unauthorized`} {
		_, err := serve(t, answer{status: 401, body: body}).client().APIKeys.Get(context.Background(), "h")
		if err == nil || !strings.HasPrefix(err.Error(), "error unmarshaling json response body: ") {
			t.Errorf("%s: %v", body, err)
		}
	}
	var wrong *json.UnmarshalTypeError
	_, err := serve(t, answer{status: 200, body: `{"data":{"usage":"10"}}`}).client().APIKeys.Get(context.Background(), "h")
	if !errors.As(err, &wrong) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestARedirectIsNotFollowedAndSaysWhereTo(t *testing.T) {
	elsewhere := serve(t, answer{status: 201, body: createdJSON})
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := serve(t, answer{status: status, header: map[string]string{"Location": elsewhere.URL + "/api/v1/keys"}})
		_, err := server.client().APIKeys.Create(context.Background(), operations.CreateKeysRequest{Name: "n"})
		var undeclared *sdkerrors.APIError
		if !errors.As(err, &undeclared) || undeclared.StatusCode != status || !strings.Contains(err.Error(), elsewhere.URL+"/api/v1/keys") || !strings.Contains(err.Error(), "server URL") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if len(elsewhere.requests()) != 0 {
		t.Error("the key has travelled")
	}
}
