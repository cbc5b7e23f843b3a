package latchkey

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// answer is one reply of a scripted server; without a status the connection is cut instead.
type answer struct {
	status int
	header map[string]string
	body   string
}

// seen is one request that a scripted server got.
type seen struct {
	method, path string
	header       http.Header
	body         string
}

// script is a server that gives its answers in order, the last one for good, and remembers what it was asked.
type script struct {
	*httptest.Server
	mu      sync.Mutex
	answers []answer
	seen    []seen
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
	s.seen = append(s.seen, seen{r.Method, r.URL.EscapedPath(), r.Header, string(body)})
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
func (s *script) client(waits *[]time.Duration, opts ...Option) *Client {
	client := New(append([]Option{WithBaseURL(s.URL), WithAPIKey("secret-of-the-gateway")}, opts...)...)
	client.sleep = func(ctx context.Context, wait time.Duration) error {
		if waits != nil {
			*waits = append(*waits, wait)
		}
		return ctx.Err()
	}
	return client
}

const (
	validBody = `{"valid":true,"code":"VALID","keyId":"k1","ownerId":"u1","workspaceId":"w1","externalUserId":null,
		"name":"","labels":{},"permissions":[],"expiresAt":"2030-01-02T03:04:05.678Z","budget":[],"rateLimits":[],"revision":7}`
	held     = `"reservation":{"id":"r1","amount":"1","state":"open","expiresAt":"2030-01-02T03:14:05.678Z"}`
	openBody = `{"id":"r1","keyId":"k1","ownerId":"u1","workspaceId":"w1","requestId":null,"amount":"1","state":"open",
		"heldAt":"2030-01-02T03:04:05.678Z","expiresAt":"2030-01-02T03:14:05.678Z","resolvedAt":null,"resolvedBy":null,"settled":null,
		"byokSettled":null,"released":null,"overdraft":null,"late":null,"meta":null,"budget":[]}`
	limitBody = `{"scope":"user","id":"u1","window":"daily","limit":"5","spent":"4.5","reserved":"0.5","remaining":"0",
		"resetsAt":"2030-01-03T00:00:00.000Z"}`
)

// with is a JSON object with one more member.
func with(object, member string) string { return strings.TrimSuffix(object, "}") + "," + member + "}" }

func TestTheServerAndTheCredentialComeFromOptionsThenTheEnvironmentThenDefaults(t *testing.T) {
	t.Setenv("LATCHKEY_BASE_URL", "http://env.example/")
	t.Setenv("LATCHKEY_API_KEY", "from-env")
	cases := []struct {
		name, baseURL, key string
		opts               []Option
		bare               bool
	}{
		{"options", "http://option.example", "from-option", []Option{WithBaseURL("http://option.example//"), WithAPIKey("from-option")}, false},
		{"environment", "http://env.example", "from-env", nil, false},
		{"defaults", "http://127.0.0.1:8080", "", nil, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.bare {
				t.Setenv("LATCHKEY_BASE_URL", "")
				t.Setenv("LATCHKEY_API_KEY", "")
			}
			client := New(c.opts...)
			key, err := client.apiKey(context.Background())
			if client.baseURL != c.baseURL || key != c.key || err != nil {
				t.Errorf("base URL %q, key %q, error %v", client.baseURL, key, err)
			}
		})
	}
}

func TestEveryCallSaysWhoCallsAndWhatItTakes(t *testing.T) {
	server := serve(t, answer{status: 200, body: validBody})
	if _, err := server.client(nil).Verify(context.Background(), VerifyRequest{Key: "lk_x"}); err != nil {
		t.Fatal(err)
	}
	request := server.requests()[0]
	want := map[string]string{
		"Authorization": "Bearer secret-of-the-gateway",
		"User-Agent":    "latchkey-go/0.1.0",
		"Accept":        "application/json",
		"Content-Type":  "application/json",
	}
	for name, value := range want {
		if got := request.header.Get(name); got != value {
			t.Errorf("%s: %q", name, got)
		}
	}
	if request.method != "POST" || request.path != "/v2/verify" || request.body != `{"key":"lk_x"}` {
		t.Errorf("%+v", request)
	}
}

func TestEveryMemberOfAVerifyGoesOverTheWire(t *testing.T) {
	server := serve(t, answer{status: 200, body: with(validBody, held)})
	two, amount := int64(2), USD("0.002")
	_, err := server.client(nil).Verify(context.Background(), VerifyRequest{
		Key: "lk_x", AllPermissions: []string{"a", "b"}, IP: "10.0.0.1",
		RateLimits: []RateCost{{Name: "tokens", Cost: &two}, {Name: "calls"}},
		Reserve:    &amount, ReserveTTLSeconds: 60, RequestID: "call-1", Tags: []string{"t"}, AtLeast: 9,
	})
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, server.requests()[0].body, `{"key":"lk_x","permissions":["a","b"],"ip":"10.0.0.1",
		"rateLimits":[{"name":"tokens","cost":2},{"name":"calls"}],"reserve":"0.002","reserveTtlSeconds":60,
		"requestId":"call-1","tags":["t"],"atLeast":9}`)
}

func TestPermissionsAreGivenInOneWay(t *testing.T) {
	server := serve(t, answer{status: 200, body: validBody})
	request := VerifyRequest{Key: "k", Permissions: "a or b", AllPermissions: []string{"a"}}
	if _, err := server.client(nil).Verify(context.Background(), request); err == nil || len(server.requests()) != 0 {
		t.Errorf("error %v, %d requests", err, len(server.requests()))
	}
}

func TestEveryFormOfAVerdictIsReadAndWrittenWhole(t *testing.T) {
	rate := `{"name":"calls","limit":10,"window":"1m","remaining":0,"resetsAt":"2030-01-02T03:04:05.678Z"}`
	forms := map[string]string{
		"valid": `{"valid":true,"code":"VALID","keyId":"k1","ownerId":"u1","workspaceId":"w1","externalUserId":"e1","name":"n",
			"labels":{"a":"b"},"permissions":["p"],"expiresAt":"2030-01-02T03:04:05.678Z","budget":[` + limitBody + `],
			"rateLimits":[` + rate + `],"charged":"0.5","revision":7,
			"reservation":{"id":"r1","amount":"1","state":"open","expiresAt":"2030-01-02T03:04:05.678Z"}}`,
		"bare valid":       validBody,
		"not found":        `{"valid":false,"code":"NOT_FOUND"}`,
		"disabled":         `{"valid":false,"code":"DISABLED","keyId":"k1"}`,
		"rate limited":     `{"valid":false,"code":"RATE_LIMITED","keyId":"k1","bound":` + strings.TrimSuffix(rate, "}") + `,"retryAfter":"30s"}}`,
		"no room":          `{"valid":false,"code":"BUDGET_EXCEEDED","keyId":"k1","bound":` + limitBody + `,"budget":[` + limitBody + `]}`,
		"a code yet to be": `{"valid":false,"code":"UNDER_A_CLOUD","keyId":"k1"}`,
	}
	for name, body := range forms {
		t.Run(name, func(t *testing.T) {
			verdict, err := serve(t, answer{status: 200, body: body}).client(nil).Verify(context.Background(), VerifyRequest{Key: "k"})
			if err != nil {
				t.Fatal(err)
			}
			written, err := json.Marshal(verdict)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, strings.ReplaceAll(string(written), `00:00:00Z`, `00:00:00.000Z`), body)
			if verdict.Valid != (verdict.Code == CodeValid) {
				t.Errorf("valid %v with %s", verdict.Valid, verdict.Code)
			}
			if (verdict.Code == CodeRateLimited) != (verdict.RateBound != nil) || (verdict.Code == CodeBudgetExceeded) != (verdict.Bound != nil) {
				t.Errorf("what bound is not there: %+v", verdict)
			}
		})
	}
}

func TestNobodyIsLetInByAnAnswerThatIsNoDecision(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `{"valid":true}`, `{"code":"VALID"}`, `{"valid":false,"code":"VALID","keyId":"k"}`, `<html>`,
		`{"valid":true,"code":"DISABLED","keyId":"k"}`, `{"valid":"true","code":"VALID","keyId":"k"}`, `{"valid":true,"code":"VALID"}`,
		`{"valid":true,"code":"VALID","keyId":"k","expiresAt":"tomorrow"}`, validBody + `x`,
	} {
		server := serve(t, answer{status: 200, body: body})
		verdict, err := server.client(nil).Verify(context.Background(), VerifyRequest{Key: "k"})
		if verdict != nil || !errors.Is(err, ErrMalformed) || len(server.requests()) != 1 {
			t.Errorf("%s: verdict %+v, error %v after %d requests", body, verdict, err, len(server.requests()))
		}
	}
	for _, body := range []string{`null`, `{}`, `{"id":"r1"}`, `[]`} {
		if _, err := serve(t, answer{status: 201, body: body}).client(nil).Reserve(context.Background(), ReserveRequest{KeyID: "k", Amount: "1"}); !errors.Is(err, ErrMalformed) {
			t.Errorf("reserve %s: %v", body, err)
		}
	}
}

func TestNoPartOfAVerdictIsAVerdict(t *testing.T) {
	for end := range len(validBody) {
		if err := json.Unmarshal([]byte(validBody[:end]), new(Verdict)); err == nil {
			t.Errorf("%s is a verdict", validBody[:end])
		}
	}
	for seed := range 20_000 {
		body := []byte(validBody)
		for range 1 + seed%4 {
			body[rand.IntN(len(body))] = byte(rand.IntN(256))
		}
		var verdict Verdict
		err := json.Unmarshal(body, &verdict)
		if (err == nil) != (verdict.Code != "") || verdict.Valid != (verdict.Code == CodeValid) {
			t.Errorf("%s: %+v, %v", body, verdict, err)
		}
	}
}

func TestAnAnswerBeyondTheBoundIsNotReadToItsEnd(t *testing.T) {
	server := serve(t, answer{status: 200, body: `{"valid":true,"pad":"` + strings.Repeat("x", 17<<20) + `"}`})
	if _, err := server.client(nil).Verify(context.Background(), VerifyRequest{Key: "k"}); !errors.Is(err, ErrMalformed) || len(server.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestAReservationLivesOnTheWireAsInGo(t *testing.T) {
	settled := strings.NewReplacer(`"state":"open"`, `"state":"settled"`, `"settled":null`, `"settled":"0.25"`, `"late":null`, `"late":false`,
		`"meta":null`, `"meta":{"model":"m"}`, `,"budget":[]`, ``).Replace(openBody)
	server := serve(t, answer{status: 201, body: openBody}, answer{status: 200, body: settled}, answer{status: 200, body: settled})
	client, ctx := server.client(nil), context.Background()
	reserved, err := client.Reserve(ctx, ReserveRequest{KeyID: "k1", Amount: "1", TTLSeconds: 60, RequestID: "call-1"})
	if err != nil {
		t.Fatal(err)
	}
	written, _ := json.Marshal(reserved)
	sameJSON(t, string(written), openBody)
	done, err := client.Settle(ctx, "a/b", SettleRequest{Amount: "0.25", BYOKAmount: "0", Meta: map[string]string{"model": "m"}})
	if err != nil {
		t.Fatal(err)
	}
	written, _ = json.Marshal(done)
	sameJSON(t, string(written), settled)
	if _, err := client.Release(ctx, "r1"); err != nil {
		t.Fatal(err)
	}
	requests := server.requests()
	sameJSON(t, requests[0].body, `{"keyId":"k1","amount":"1","ttlSeconds":60,"requestId":"call-1"}`)
	sameJSON(t, requests[1].body, `{"amount":"0.25","byokAmount":"0","meta":{"model":"m"}}`)
	if requests[0].path != "/v2/reservations" || requests[1].path != "/v2/reservations/a%2Fb/settle" || requests[2].path != "/v2/reservations/r1/release" {
		t.Errorf("%+v", requests)
	}
	if requests[2].body != "" || requests[2].header.Get("Content-Type") != "" {
		t.Errorf("release sent %q as %q", requests[2].body, requests[2].header.Get("Content-Type"))
	}
}

func TestAnIDThatNamesAnotherPathIsNotSent(t *testing.T) {
	server := serve(t, answer{status: 200, body: openBody})
	for _, id := range []string{"", ".", ".."} {
		if _, err := server.client(nil).Release(context.Background(), id); err == nil {
			t.Errorf("%q was released", id)
		}
	}
	if len(server.requests()) != 0 {
		t.Errorf("%+v", server.requests())
	}
}

func TestAProblemBecomesAnErrorWithEverythingItSays(t *testing.T) {
	noRoom := answer{402, map[string]string{"Content-Type": "application/problem+json", "Retry-After": "90"}, `{"type":"urn:latchkey:refusal:BUDGET_EXCEEDED",
		"title":"A limit has no room for the amount.","status":402,"detail":"The daily limit of the key's owner has 0 USD left.","code":"BUDGET_EXCEEDED",
		"requestId":"req-1","keyId":"k1","bound":` + limitBody + `,"budget":[` + limitBody + `]}`}
	server := serve(t, noRoom)
	_, err := server.client(nil).Reserve(context.Background(), ReserveRequest{KeyID: "k1", Amount: "1"})
	var got *Error
	if !errors.As(err, &got) {
		t.Fatalf("%T: %v", err, err)
	}
	resets := time.Date(2030, 1, 3, 0, 0, 0, 0, time.UTC)
	limit := LimitView{"user", "u1", "daily", "5", "4.5", "0.5", "0", &resets}
	if got.Header.Get("Retry-After") != "90" {
		t.Errorf("%v", got.Header)
	}
	got.Header = nil
	want := &Error{
		Operation: "POST /v2/reservations", Attempts: 1,
		Status: 402, Code: CodeBudgetExceeded, Title: "A limit has no room for the amount.", Detail: "The daily limit of the key's owner has 0 USD left.",
		RequestID: "req-1", KeyID: "k1", Bound: &limit, Budget: []LimitView{limit}, RetryAfter: 90 * time.Second,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if text := "latchkey: POST /v2/reservations: status 402: BUDGET_EXCEEDED: The daily limit of the key's owner has 0 USD left. (request req-1)"; err.Error() != text {
		t.Error(err)
	}
}

func TestEveryStatusThatIsNoSuccessIsAnError(t *testing.T) {
	for _, status := range []int{300, 400, 401, 402, 403, 404, 409, 418, 422, 429, 499, 500, 503, 524, 599} {
		for _, body := range []string{"", "<html>", `{"code":"c","errors":[{"pointer":"/key","message":"m"}]}`, `{"code":7,"requestId":"r"}`} {
			server := serve(t, answer{status: status, body: body})
			_, err := server.client(nil, WithRetryConfig(RetryConfig{})).Verify(context.Background(), VerifyRequest{Key: "k"})
			var got *Error
			if !errors.As(err, &got) || got.Status != status {
				t.Fatalf("%d %q: %T %v", status, body, err, err)
			}
			if strings.Contains(body, "errors") && (got.Code != "c" || len(got.Errors) != 1 || got.Errors[0] != InputError{"/key", "m"}) {
				t.Errorf("%+v", got)
			}
			if strings.Contains(body, "requestId") && got.RequestID != "r" {
				t.Errorf("what can be read is lost: %+v", got)
			}
		}
	}
}

func TestARedirectIsNotFollowedAndSaysWhereTo(t *testing.T) {
	elsewhere := serve(t, answer{status: 200, body: validBody})
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := serve(t, answer{status: status, header: map[string]string{"Location": elsewhere.URL + "/v2/verify"}})
		_, err := server.client(nil).Verify(context.Background(), VerifyRequest{Key: "k"})
		var got *Error
		if !errors.As(err, &got) || got.Status != status || got.Location != elsewhere.URL+"/v2/verify" || !strings.Contains(err.Error(), "base URL") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if len(elsewhere.requests()) != 0 {
		t.Error("the key has travelled")
	}
}

func TestWhoseCredentialCannotBeGotCallsNobody(t *testing.T) {
	server, lost := serve(t, answer{status: 200, body: validBody}), errors.New("the vault is shut")
	source := WithAPIKeySource(func(context.Context) (string, error) { return "", lost })
	if _, err := server.client(nil, source).Verify(context.Background(), VerifyRequest{Key: "k"}); !errors.Is(err, lost) || len(server.requests()) != 0 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestAKeyNeverShowsInAnErrorOrAPrintedClient(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	client := New(WithBaseURL(closed.URL), WithAPIKey("secret-of-the-gateway\n"), WithRetryConfig(RetryConfig{}))
	_, err := client.Verify(context.Background(), VerifyRequest{Key: "secret-of-a-client"})
	if err == nil {
		t.Fatal("a header with a line break was sent")
	}
	refused := New(WithBaseURL(closed.URL), WithAPIKey("secret-of-the-gateway"), WithRetryConfig(RetryConfig{}))
	_, other := refused.Verify(context.Background(), VerifyRequest{Key: "secret-of-a-client"})
	var failed *net.OpError
	if !errors.As(other, &failed) {
		t.Errorf("%T %v", other, other)
	}
	for _, text := range []string{err.Error(), other.Error(), sprint(client)} {
		if strings.Contains(text, "secret-of") {
			t.Error(text)
		}
	}
}
