package openrouter

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"

	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/optionalnullable"
)

// answer is one reply of a scripted server; without a status the connection is cut instead.
type answer struct {
	status int
	header map[string]string
	body   string
}

// seen is one request that a scripted server got.
type seen struct {
	method, path, query, body string
	header                    http.Header
}

// script is a server that gives its answers in order, the last one for good, and remembers what it was asked.
type script struct {
	*httptest.Server
	mu      sync.Mutex
	answers []answer
	seen    []seen
	waits   []time.Duration
}

func serve(t *testing.T, answers ...answer) *script {
	t.Helper()
	s := &script{answers: answers}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.reply))
	// On a connection that was used before, net/http repeats some requests by itself, which is not what is counted here.
	s.Config.SetKeepAlivesEnabled(false)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *script) reply(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	next := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	s.seen = append(s.seen, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header})
	s.mu.Unlock()
	if next.status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	for name, value := range next.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(next.status)
	_, _ = io.WriteString(w, next.body)
}

// requests is what came so far.
func (s *script) requests() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.seen...)
}

// client is one of the server, whose waits take no time and are noted.
func (s *script) client(opts ...SDKOption) *OpenRouter {
	sdk := New(append([]SDKOption{WithServerURL(s.URL + "/api/v1"), WithSecurity("the-secret")}, opts...)...)
	sdk.settings.sleep = func(ctx context.Context, wait time.Duration) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waits = append(s.waits, wait)
		return ctx.Err()
	}
	return sdk
}

const (
	keyJSON = `{"byok_usage":1,"byok_usage_daily":2,"byok_usage_monthly":3,"byok_usage_weekly":4,"created_at":"2025-08-24T10:30:00Z",
		"creator_user_id":"u1","disabled":false,"expires_at":"2030-01-02T03:04:05.678Z","external_user":"e1","hash":"h1",
		"include_byok_in_limit":true,"label":"lk_003...tQq","last_used_at":"2025-08-24T10:31:00.250Z","limit":50,"limit_remaining":49.5,"limit_reset":"daily","name":"n1",
		"updated_at":"2025-08-24T10:30:00Z","usage":5,"usage_daily":6,"usage_monthly":7,"usage_weekly":8,"workspace_id":"w1"}`
	currentJSON = `{"data":{"allowed_data_regions":["global"],"byok_usage":1,"byok_usage_daily":2,"byok_usage_monthly":3,"byok_usage_weekly":4,
		"creator_user_id":"u1","expires_at":null,"free_model_daily_requests":{"limit":1,"remaining":2,"used":3},"include_byok_in_limit":false,
		"is_free_tier":true,"is_management_key":true,"is_provisioning_key":true,"label":"l","limit":null,"limit_remaining":null,"limit_reset":null,
		"organization_id":"o1","rate_limit":{"interval":"10s","note":"ignore","requests":-1},"usage":5,"usage_daily":6,"usage_monthly":7,
		"usage_weekly":8,"workspace_id":"w1"}}`
	dataJSON    = `{"data":` + keyJSON + `}`
	createdJSON = `{"data":` + keyJSON + `,"key":"lk_new"}`
	listJSON    = `{"data":[` + keyJSON + `]}`
	deletedJSON = `{"deleted":true}`

	creditsJSON  = `{"data":{"total_credits":100.5,"total_usage":25.75}}`
	activityJSON = `{"data":[{"byok_usage_inference":0.5,"completion_tokens":1,"date":"2026-08-24","endpoint_id":"e","model":"m","model_permaslug":"p",
		"prompt_tokens":2,"provider_name":"o","reasoning_tokens":3,"requests":4,"usage":0.25,"workspace_id":"w"}]}`
)

// performed is one operation with plain arguments and the answer that it succeeds with.
type performed struct {
	name    string
	success answer
	make    func(context.Context, *OpenRouter, ...operations.Option) (any, error)
}

var calls = []performed{
	{"current", answer{status: 200, body: currentJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.APIKeys.GetCurrentKeyMetadata(ctx, opts...)
	}},
	{"list", answer{status: 200, body: listJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.APIKeys.List(ctx, nil, nil, nil, opts...)
	}},
	{"create", answer{status: 201, body: createdJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.APIKeys.Create(ctx, operations.CreateKeysRequest{Name: "n"}, opts...)
	}},
	{"get", answer{status: 200, body: dataJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.APIKeys.Get(ctx, "h1", opts...)
	}},
	{"update", answer{status: 200, body: dataJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.APIKeys.Update(ctx, "h1", operations.UpdateKeysRequestBody{Limit: optionalnullable.From[float64](nil)}, opts...)
	}},
	{"delete", answer{status: 200, body: deletedJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.APIKeys.Delete(ctx, "h1", opts...)
	}},
	{"credits", answer{status: 200, body: creditsJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.Credits.GetCredits(ctx, opts...)
	}},
	{"activity", answer{status: 200, body: activityJSON}, func(ctx context.Context, sdk *OpenRouter, opts ...operations.Option) (any, error) {
		return sdk.Analytics.GetUserActivity(ctx, nil, nil, nil, nil, nil, opts...)
	}},
}

// failed tells whether a call returned nothing but an error: a typed nil in an interface is not nil.
func failed(result any, err error) bool {
	return err != nil && reflect.ValueOf(result).IsNil()
}

func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%v: %s", err, want)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
