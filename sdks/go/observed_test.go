package latchkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/latchkeytest"
	"latchkey.example/go/openrouter"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
	"latchkey.example/go/openrouter/optionalnullable"
)

// answering is a client whose requests are answered in order, the last answer for good.
func answering(answers ...*http.Response) latchkey.Option {
	turn := -1
	return latchkey.WithClient(latchkeytest.Sender(func(*http.Request) (*http.Response, error) {
		turn = min(turn+1, len(answers)-1)
		if answers[turn] == nil {
			return nil, io.ErrUnexpectedEOF
		}
		return answers[turn], nil
	}))
}

func named(status int, body, requestID string) *http.Response {
	answer := latchkeytest.JSON(status, body)
	answer.Header.Set("X-Request-Id", requestID)
	answer.Header.Set("X-Region", "north")
	return answer
}

func TestASuccessTellsHowItCame(t *testing.T) {
	quick := latchkey.WithRetryConfig(latchkey.RetryConfig{MaxRetries: 3, ConnectionErrors: true})
	responses := map[string]func(...latchkey.Option) (latchkey.Response, error){
		"verify": func(options ...latchkey.Option) (latchkey.Response, error) {
			verdict, err := latchkey.New(options...).Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
			return verdict.Response, err
		},
		"reserve": func(options ...latchkey.Option) (latchkey.Response, error) {
			held, err := latchkey.New(options...).Reserve(context.Background(), latchkey.ReserveRequest{Key: "k", Amount: "1"})
			return held.Response, err
		},
		"settle": func(options ...latchkey.Option) (latchkey.Response, error) {
			settled, err := latchkey.New(options...).Settle(context.Background(), "r", latchkey.SettleRequest{Amount: "1"})
			return settled.Response, err
		},
		"release": func(options ...latchkey.Option) (latchkey.Response, error) {
			released, err := latchkey.New(options...).Release(context.Background(), "r")
			return released.Response, err
		},
	}
	for name, call := range responses {
		got, err := call(quick, answering(nil, named(503, "", "req-1"), named(201, wholeBody, "req-2")))
		if err != nil || got.Status != 201 || got.RequestID != "req-2" || got.Header.Get("X-Region") != "north" || got.Attempts != 3 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if text, err := json.Marshal(latchkey.Reserved{Reservation: latchkey.Reservation{Response: latchkey.Response{RequestID: "req-1"}}}); err != nil || strings.Contains(string(text), "req-1") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestAFailureSaysWhatWasCalledAndCanBeAskedForItsCode(t *testing.T) {
	refused := named(404, `{"code":"reservation_not_found","title":"No such reservation.","detail":"No such reservation."}`, "req-7")
	_, err := latchkey.New(answering(named(500, "", "req-6"), refused), latchkey.WithRetryConfig(latchkey.RetryConfig{MaxRetries: 1})).Release(context.Background(), "r1")
	wrapped := fmt.Errorf("the work failed: %w", err)
	if !errors.Is(wrapped, latchkey.FaultReservationNotFound) || errors.Is(wrapped, latchkey.FaultKeyNotFound) || errors.Is(wrapped, latchkey.Code("")) {
		t.Error(err)
	}
	var failed *latchkey.Error
	if !errors.As(wrapped, &failed) || failed.Operation != "POST /v2/reservations/r1/release" || failed.RequestID != "req-7" || failed.Attempts != 2 || failed.Header.Get("X-Region") != "north" {
		t.Errorf("%+v", failed)
	}
	if text := "latchkey: POST /v2/reservations/r1/release: status 404: reservation_not_found: No such reservation. (request req-7)"; err.Error() != text {
		t.Error(err)
	}
	if bare := (&latchkey.Error{Status: 502}); errors.Is(bare, latchkey.Code("")) || bare.Error() != "latchkey: status 502" {
		t.Error(bare)
	}
	_, err = latchkey.New(answering(named(200, `{}`, "req-8"))).Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	for _, part := range []string{"POST /v2/verify", "status 200", "req-8", "malformed"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %s", err, part)
		}
	}
}

func TestAnAnswerOfTheOtherPackageCanBeSeenWhole(t *testing.T) {
	call := func(answer *http.Response) (*http.Response, error) {
		sdk := openrouter.New(openrouter.WithClient(latchkeytest.Sender(func(*http.Request) (*http.Response, error) {
			if answer == nil {
				return nil, context.Canceled
			}
			return answer, nil
		})))
		response := new(http.Response)
		_, err := sdk.APIKeys.Get(context.Background(), "h", operations.WithRawResponse(&response))
		return response, err
	}
	response, err := call(named(200, `{"data":{"hash":"h"}}`, "req-1"))
	if err != nil || response.StatusCode != 200 || response.Header.Get("X-Request-Id") != "req-1" {
		t.Errorf("%+v, %v", response, err)
	}
	if body, _ := io.ReadAll(response.Body); string(body) != `{"data":{"hash":"h"}}` {
		t.Errorf("%s", body)
	}
	if response, err := call(nil); response != nil || err == nil {
		t.Errorf("%+v, %v", response, err)
	}
	limited := named(429, `{"error":{"code":429,"message":"m"}}`, "req-2")
	limited.Header.Set("Retry-After", "7")
	_, err = call(limited)
	var tooMany *sdkerrors.TooManyRequestsResponseError
	if !errors.As(err, &tooMany) || tooMany.RequestID() != "req-2" || tooMany.RetryAfter() != 7*time.Second {
		t.Errorf("%+v, %v", tooMany, err)
	}
	teapot := named(418, "", "req-3")
	teapot.Header.Set("Retry-After", "8")
	_, err = call(teapot)
	var other *sdkerrors.APIError
	if !errors.As(err, &other) || other.RequestID() != "req-3" || other.RetryAfter() != 8*time.Second {
		t.Errorf("%+v, %v", other, err)
	}
	if (&sdkerrors.APIError{}).RequestID() != "" || new(sdkerrors.NotFoundResponseError).RetryAfter() != 0 {
		t.Error("an error without an answer has one")
	}
	_, err = call(named(200, `{"data":{}}`, "req-4"))
	for _, part := range []string{"error unmarshaling json response body: ", "GET /keys/h", "status 200", "req-4"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %s", err, part)
		}
	}
}

// logged is what a logger wrote, record by record.
func logged(level slog.Level, work func(*slog.Logger)) []map[string]any {
	var text bytes.Buffer
	work(slog.New(slog.NewJSONHandler(&text, &slog.HandlerOptions{Level: level})))
	var records []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(text.String()), "\n") {
		record := map[string]any{}
		if json.Unmarshal([]byte(line), &record) == nil {
			records = append(records, record)
		}
	}
	return records
}

func TestEveryAttemptIsNotedWithoutSecrets(t *testing.T) {
	const gateway, client, text = "secret-of-the-gateway", "secret-of-a-client", "secret-text"
	closed := httptest.NewServer(nil)
	closed.Close()
	records := logged(slog.LevelDebug, func(logger *slog.Logger) {
		quick := latchkey.RetryConfig{MaxRetries: 2, ConnectionErrors: true, InitialInterval: time.Millisecond, MaxInterval: time.Millisecond, Exponent: 1}
		answers := answering(named(500, `{"detail":"secret-text"}`, "req-1"), nil, named(200, wholeBody, "req-3"))
		server := latchkey.New(answers, latchkey.WithAPIKey(gateway), latchkey.WithLogger(logger), latchkey.WithRetryConfig(quick))
		_, err := server.Verify(context.Background(), latchkey.VerifyRequest{Key: client, Tags: []string{text}})
		if err != nil {
			t.Error(err)
		}
		sdk := openrouter.New(openrouter.WithServerURL(closed.URL+"/api/v1"), openrouter.WithSecurity(gateway), openrouter.WithLogger(logger), openrouter.WithTimeout(time.Nanosecond))
		_, _ = sdk.APIKeys.Create(context.Background(), operations.CreateKeysRequest{Name: text, Limit: optionalnullable.From(openrouter.Float64(1))})
		_, _ = sdk.APIKeys.List(context.Background(), nil, nil, openrouter.String(text))
		_, _ = sdk.Latchkey.Reserve(context.Background(), latchkey.ReserveRequest{Key: client, Amount: "1"})
		_, _ = latchkey.New(latchkey.WithBaseURL(closed.URL), latchkey.WithAPIKey(gateway), latchkey.WithLogger(logger), latchkey.WithRetryConfig(latchkey.RetryConfig{})).
			Verify(context.Background(), latchkey.VerifyRequest{Key: client})
	})
	seen := fmt.Sprint(records)
	if strings.Contains(seen, "secret") {
		t.Error(seen)
	}
	want := []struct {
		level, operation string
		attempt          float64
		status           any
	}{
		{"WARN", "POST /v2/verify", 1, 500.0}, {"WARN", "POST /v2/verify", 2, nil}, {"DEBUG", "POST /v2/verify", 3, 200.0},
		{"DEBUG", "POST /keys", 1, nil}, {"DEBUG", "GET /keys", 1, nil}, {"DEBUG", "POST /v2/reservations", 1, nil}, {"DEBUG", "POST /v2/verify", 1, nil},
	}
	if len(records) != len(want) {
		t.Fatalf("%d records: %s", len(records), seen)
	}
	for index, each := range want {
		got := records[index]
		if got["level"] != each.level || got["operation"] != each.operation || got["attempt"] != each.attempt || got["status"] != each.status || (got["error"] == nil) != (each.status != nil) {
			t.Errorf("record %d: %v", index+1, got)
		}
	}
	if records[0]["requestId"] != "req-1" || records[0]["wait"] == nil || records[2]["wait"] != nil {
		t.Error(seen)
	}
}

func TestOnlyRepetitionsAreNotedAtTheLevelOfWarnings(t *testing.T) {
	records := logged(slog.LevelInfo, func(logger *slog.Logger) {
		server := latchkey.New(answering(named(503, "", "a\nb"), named(200, wholeBody, "")), latchkey.WithLogger(logger), latchkey.WithRetryConfig(latchkey.RetryConfig{MaxRetries: 1}))
		for range 3 {
			_, _ = server.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
		}
	})
	if len(records) != 1 || records[0]["requestId"] != "a b" {
		t.Error(records)
	}
}

// proxy passes everything on to the target, whatever is asked for, or refuses with the status.
func proxy(t *testing.T, target string, refusal int) (*url.URL, *atomic.Int64) {
	t.Helper()
	asked := new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if refusal != 0 {
			w.WriteHeader(refusal)
			return
		}
		if r.Method != http.MethodConnect {
			r.RequestURI, r.URL.Host = "", target
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			w.WriteHeader(answer.StatusCode)
			_, _ = io.Copy(w, answer.Body)
			return
		}
		there, err := net.Dial("tcp", target)
		if err != nil {
			t.Error(err)
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(there, here)
			_ = there.Close()
		}()
		_, _ = io.Copy(here, there)
		_ = here.Close()
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return address, asked
}

func TestAProxyOfOnesOwn(t *testing.T) {
	plain, _ := rawServer(t, reply(200, "", `{"valid":false,"code":"NOT_FOUND"}`))
	safe, _ := secured(t, nil)
	for _, c := range []struct{ base, target string }{
		{"http://keys.example", strings.TrimPrefix(plain, "http://")},
		// The certificate of httptest is for example.com.
		{"https://example.com", strings.TrimPrefix(safe.URL, "https://")},
	} {
		address, asked := proxy(t, c.target, 0)
		transport := latchkey.NewTransport()
		transport.Proxy = http.ProxyURL(address)
		transport.TLSClientConfig = trusting(safe.Certificate()).Transport.(*http.Transport).TLSClientConfig
		client := latchkey.New(latchkey.WithBaseURL(c.base), latchkey.WithClient(latchkey.NewHTTPClient(transport)))
		verdict, err := client.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
		if err != nil || verdict.Code != latchkey.CodeNotFound || asked.Load() != 1 {
			t.Errorf("%s: %+v, %v, %d requests of the proxy", c.base, verdict, err, asked.Load())
		}
		client.CloseIdleConnections()
	}
	if latchkey.NewTransport().Proxy == nil {
		t.Error("the environment's proxy is not asked for")
	}
}

func TestAProxyThatRefusesIsNotAskedAgain(t *testing.T) {
	for status, attempts := range map[int]int64{407: 1, 403: 1, 502: 2} {
		address, asked := proxy(t, "", status)
		transport := latchkey.NewTransport()
		transport.Proxy = http.ProxyURL(address)
		retries := latchkey.RetryConfig{MaxRetries: 1, ConnectionErrors: true}
		client := latchkey.New(latchkey.WithBaseURL("https://keys.example"), latchkey.WithClient(latchkey.NewHTTPClient(transport)), latchkey.WithRetryConfig(retries))
		_, err := client.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
		if err == nil || asked.Load() != attempts || !strings.Contains(err.Error(), http.StatusText(status)) {
			t.Errorf("%d: %v after %d requests", status, err, asked.Load())
		}
	}
}

func TestAnHTTPClientOverATransportFollowsNoRedirect(t *testing.T) {
	elsewhere, requests := rawServer(t, reply(200, "", wholeBody))
	here, _ := rawServer(t, reply(307, "Location: "+elsewhere+"/\r\n", ""))
	client := latchkey.New(latchkey.WithBaseURL(here), latchkey.WithClient(latchkey.NewHTTPClient(latchkey.NewTransport())))
	_, err := client.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	if kindOf(err) != status || requests() != 0 {
		t.Errorf("%v, %d requests elsewhere", err, requests())
	}
}
