package latchkeyhttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/latchkeyhttp"
	"latchkey.example/go/latchkeytest"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// answered is what came of verifying a key, and what the client is told.
type answered struct {
	name       string
	verdict    *latchkey.Verdict
	err        error
	status     int
	code       latchkey.Code
	challenge  string
	retryAfter string
}

var resets = now.Add(90*time.Second + time.Millisecond)

func everyAnswer() []answered {
	limit := &latchkey.LimitView{Scope: "workspace", ID: "w1", Window: "daily", Limit: "1000", Spent: "999", ResetsAt: &resets}
	total := &latchkey.LimitView{Scope: "key", Window: "total"}
	rate := &latchkey.RateBound{Limit: 10, Remaining: 2, ResetsAt: &resets, RetryAfter: "2m"}
	refused := func(code latchkey.Code) *latchkey.Verdict { return &latchkey.Verdict{Code: code, KeyID: "k1"} }
	const invalid = `Bearer error="invalid_token"`
	return []answered{
		{"none", nil, nil, 503, "verification_unavailable", "", "1"},
		{"no key", nil, latchkeyhttp.ErrNoKey, 401, "credential_missing", "Bearer", ""},
		{"two keys", nil, latchkeyhttp.ErrTwoKeys, 401, "credential_conflict", invalid, ""},
		{"no such text", nil, fmt.Errorf("x: %w", latchkeyhttp.ErrNotAKey), 401, "credential_invalid", invalid, ""},
		{"not found", refused(latchkey.CodeNotFound), nil, 401, "NOT_FOUND", invalid, ""},
		{"disabled", refused(latchkey.CodeDisabled), nil, 401, "DISABLED", invalid, ""},
		{"not yet", refused(latchkey.CodeNotYetValid), nil, 401, "NOT_YET_VALID", invalid, ""},
		{"expired", refused(latchkey.CodeExpired), nil, 401, "EXPIRED", invalid, ""},
		{"forbidden", refused(latchkey.CodeForbidden), nil, 403, "FORBIDDEN", "", ""},
		{"permissions", refused(latchkey.CodeInsufficientPermissions), nil, 403, "INSUFFICIENT_PERMISSIONS", "", ""},
		{"a code yet to be", refused("UNDER_A_CLOUD"), nil, 403, "UNDER_A_CLOUD", "", ""},
		{"rate", &latchkey.Verdict{Code: latchkey.CodeRateLimited, RateBound: rate}, nil, 429, "RATE_LIMITED", "", "120"},
		{"rate without a bound", refused(latchkey.CodeRateLimited), nil, 429, "RATE_LIMITED", "", "1"},
		{"budget", &latchkey.Verdict{Code: latchkey.CodeBudgetExceeded, Bound: limit}, nil, 402, "BUDGET_EXCEEDED", "", "91"},
		{"budget for good", &latchkey.Verdict{Code: latchkey.CodeBudgetExceeded, Bound: total}, nil, 402, "BUDGET_EXCEEDED", "", ""},
		{"contradiction", &latchkey.Verdict{Code: latchkey.CodeValid}, nil, 403, "VALID", "", ""},
		{"the other contradiction", &latchkey.Verdict{Valid: true, Code: latchkey.CodeExpired}, nil, 401, "EXPIRED", invalid, ""},
		{"down", nil, io.ErrUnexpectedEOF, 503, "verification_unavailable", "", "1"},
		{"a verdict beside an error", &latchkey.Verdict{Valid: true, Code: latchkey.CodeValid}, io.EOF, 503, "verification_unavailable", "", "1"},
		{"our own credential", nil, &latchkey.Error{Status: 401, Code: latchkey.FaultCredentialInvalid, Detail: "of the gateway", RequestID: "req-1"}, 503, "verification_unavailable", "", "1"},
		{"told to wait", nil, fmt.Errorf("x: %w", &latchkey.Error{Status: 429, RetryAfter: 7500 * time.Millisecond}), 503, "verification_unavailable", "", "8"},
		{"rate that never has room", &latchkey.Verdict{Code: latchkey.CodeRateLimited, RateBound: &latchkey.RateBound{Limit: 10}, NeverFits: true}, nil, 429, "RATE_LIMITED", "", ""},
		{"budget that never has room", &latchkey.Verdict{Code: latchkey.CodeBudgetExceeded, Bound: limit, NeverFits: true}, nil, 402, "BUDGET_EXCEEDED", "", ""},
	}
}

func TestEveryVerdictHasItsAnswer(t *testing.T) {
	cases := everyAnswer()
	for _, c := range cases {
		refusal := latchkeyhttp.RefusalOf(c.verdict, c.err, now)
		if refusal == nil {
			t.Fatalf("%s is let in", c.name)
		}
		answer := httptest.NewRecorder()
		refusal.Write(answer)
		var body map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		header := answer.Header()
		if answer.Code != c.status || body["code"] != string(c.code) || body["status"] != float64(c.status) || body["type"] != "urn:latchkey:refusal:"+string(c.code) ||
			body["title"] == "" || body["detail"] == "" || header.Get("Content-Type") != "application/problem+json" || header.Get("Cache-Control") != "no-store" ||
			header.Get("WWW-Authenticate") != c.challenge || header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%s: %d %v %v", c.name, answer.Code, header, body)
		}
		// Money, ids and what errors say are nobody's business.
		for _, inner := range []string{"1000", "999", "w1", "k1", "EOF", "gateway"} {
			if strings.Contains(answer.Body.String(), inner) {
				t.Errorf("%s tells %s: %s", c.name, inner, answer.Body)
			}
		}
	}
	if latchkeyhttp.RefusalOf(&latchkey.Verdict{Valid: true, Code: latchkey.CodeValid}, nil, now) != nil {
		t.Error("a valid key is refused")
	}
	header := latchkeyhttp.RefusalOf(cases[11].verdict, nil, now).Header
	if header.Get("RateLimit-Limit") != "10" || header.Get("RateLimit-Remaining") != "2" || header.Get("RateLimit-Reset") != "120" {
		t.Error(header)
	}
	for _, never := range cases[len(cases)-2:] {
		refusal := latchkeyhttp.RefusalOf(never.verdict, nil, now)
		if !refusal.Problem.NeverFits || refusal.Header.Get("RateLimit-Reset") != "" {
			t.Errorf("%s: %+v", never.name, refusal)
		}
	}
	if got := latchkeyhttp.RefusalOf(cases[13].verdict, nil, now).Problem; got.Window != "daily" || !got.ResetsAt.Equal(resets) {
		t.Errorf("%+v", got)
	}
}

// behind is what a guard does with a request: its status, and the verdict that the handler saw.
func behind(guard latchkeyhttp.Guard, request *http.Request) (int, *latchkey.Verdict) {
	var seen *latchkey.Verdict
	answer := httptest.NewRecorder()
	guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = latchkeyhttp.VerdictOf(r.Context())
		w.WriteHeader(http.StatusTeapot)
	})).ServeHTTP(answer, request)
	return answer.Code, seen
}

func TestOnlyAValidKeyComesThroughAndWithItsVerdict(t *testing.T) {
	fake := latchkeytest.NewFake(latchkeytest.Key{Secret: "lk_1", ID: "k1", Permissions: []string{"reports.read"}, Limit: "0.02"})
	proxies, _ := latchkeyhttp.ParseProxies("192.0.2.0/24")
	guard := latchkeyhttp.Guard{Keys: fake, Proxies: proxies, Demand: func(r *http.Request) latchkey.VerifyRequest {
		return latchkey.VerifyRequest{Key: "of the demand", IP: "of the demand", Permissions: "reports." + r.URL.Query().Get("do"), Charge: latchkey.Amount("0.01")}
	}}
	request := func(key, do string) *http.Request {
		made := httptest.NewRequest(http.MethodGet, "/?do="+do, nil)
		made.Header.Set("X-Forwarded-For", "198.51.100.1")
		if key != "" {
			made.Header.Set("Authorization", "Bearer "+key)
		}
		return made
	}
	if status, verdict := behind(guard, request("lk_1", "read")); status != 418 || verdict == nil || verdict.KeyID != "k1" || *verdict.Charged != "0.01" {
		t.Errorf("%d, %+v", status, verdict)
	}
	for _, c := range []struct {
		key, do string
		want    int
	}{{"", "read", 401}, {"lk_2", "read", 401}, {"lk_1", "write", 403}, {"lk_1", "read", 418}, {"lk_1", "read", 402}} {
		if status, verdict := behind(guard, request(c.key, c.do)); status != c.want || (verdict != nil) != (c.want == 418) {
			t.Errorf("%+v: %d, %+v", c, status, verdict)
		}
	}
	if sent := fake.Calls()[0].Request.(latchkey.VerifyRequest); sent.Key != "lk_1" || sent.IP != "198.51.100.1" {
		t.Errorf("%+v", sent)
	}
	before := len(fake.Calls())
	if _, _ = behind(guard, request("", "read")); len(fake.Calls()) != before {
		t.Error("a request without a key is verified")
	}
	fake.Fail(errors.New("down"))
	if status, verdict := behind(guard, request("lk_1", "read")); status != 503 || verdict != nil {
		t.Errorf("%d, %+v", status, verdict)
	}
	guard.Refuse = func(w http.ResponseWriter, _ *http.Request, refusal *latchkeyhttp.Refusal) {
		w.WriteHeader(refusal.Status + 1)
	}
	if status, _ := behind(guard, request("lk_1", "read")); status != 504 {
		t.Error(status)
	}
	if latchkeyhttp.VerdictOf(context.Background()) != nil {
		t.Error("a verdict out of nothing")
	}
}

func ExampleGuard() {
	fake := latchkeytest.NewFake(latchkeytest.Key{Secret: "lk_of_a_reader", Name: "reader", Permissions: []string{"reports.read"}})
	guard := latchkeyhttp.Guard{
		Keys:   fake, // latchkey.New() in the program
		Demand: func(*http.Request) latchkey.VerifyRequest { return latchkey.VerifyRequest{Permissions: "reports.read"} },
	}
	server := httptest.NewServer(guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello,", latchkeyhttp.VerdictOf(r.Context()).Name)
	})))
	defer server.Close()

	for _, key := range []string{"lk_of_a_reader", "lk_of_nobody"} {
		request, _ := http.NewRequest(http.MethodGet, server.URL, nil)
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(response.StatusCode, strings.TrimSpace(string(body)))
	}
	// Output:
	// 200 hello, reader
	// 401 {"type":"urn:latchkey:refusal:NOT_FOUND","title":"This is no key that can be used.","status":401,"detail":"This is no key that can be used.","code":"NOT_FOUND"}
}
