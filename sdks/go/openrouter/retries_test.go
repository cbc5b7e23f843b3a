package openrouter

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
	"latchkey.example/go/openrouter/retry"
)

func TestEveryCallIsRepeatedAsItWas(t *testing.T) {
	for _, call := range calls {
		server := serve(t, answer{status: 500}, answer{status: 502, header: map[string]string{"Content-Type": "text/html"}}, answer{}, answer{status: 599}, call.success)
		if _, err := call.make(context.Background(), server.client()); err != nil {
			t.Fatalf("%s: %v", call.name, err)
		}
		requests := server.requests()
		if len(requests) != 5 || len(server.waits) != 4 {
			t.Errorf("%s: %d requests, waits %v", call.name, len(requests), server.waits)
		}
		for _, again := range requests {
			if again.body != requests[0].body || again.path != requests[0].path || again.header.Get("Authorization") != "Bearer the-secret" {
				t.Errorf("%s: %+v is no repetition", call.name, again)
			}
		}
	}
}

func TestNoCallIsRepeatedAfterWhatStays(t *testing.T) {
	for _, call := range calls {
		for _, status := range []int{302, 400, 401, 403, 404, 408, 409, 429} {
			server := serve(t, answer{status: status, header: map[string]string{"Retry-After": "1"}, body: `{"error":{"code":1}}`}, call.success)
			if _, err := call.make(context.Background(), server.client()); err == nil || len(server.requests()) != 1 {
				t.Errorf("%s %d: %v after %d requests", call.name, status, err, len(server.requests()))
			}
		}
	}
}

func TestPausesGrowByAPowerAndAreNeverAlike(t *testing.T) {
	pause := policyOf().Pause
	for retry, middle := range []float64{500, 1414.2, 2598.1, 4000} {
		low, high := time.Hour, time.Duration(0)
		for range 2000 {
			wait := pause(retry)
			low, high = min(low, wait), max(high, wait)
		}
		unit := time.Duration(middle * float64(time.Millisecond))
		if low < unit*74/100 || low > unit*78/100 || high > unit*126/100 || high < unit*122/100 {
			t.Errorf("retry %d: from %v to %v, around %v", retry, low, high, unit)
		}
	}
	if wait := pause(10_000); wait != time.Minute {
		t.Errorf("the longest is %v", wait)
	}
}

func TestTheServersWaitGoesBeforeOurs(t *testing.T) {
	date := time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
	server := serve(t,
		answer{status: 503, header: map[string]string{"Retry-After": "7"}}, answer{status: 503, header: map[string]string{"Retry-After": "9", "Retry-After-Ms": "20"}},
		answer{status: 503, header: map[string]string{"Retry-After": date}}, answer{status: 200, body: dataJSON},
	)
	if _, err := server.client().APIKeys.Get(context.Background(), "h"); err != nil {
		t.Fatal(err)
	}
	waits := server.waits
	if len(waits) != 3 || waits[0] != 7*time.Second || waits[1] != 20*time.Millisecond || waits[2] < 25*time.Second || waits[2] > 30*time.Second {
		t.Errorf("%v", waits)
	}
}

func TestAServerThatAsksForNoWaitIsNotCalledWithoutAPauseForAnHour(t *testing.T) {
	for _, header := range []map[string]string{{"Retry-After": "0"}, {"Retry-After-Ms": "1"}, {"Retry-After": "Wed, 02 Jan 2002 03:03:05 GMT"}} {
		server := serve(t, answer{status: 503, header: header})
		sdk := server.client(WithServerURL(server.URL))
		ctx, cancel := context.WithCancel(context.Background())
		sleep := sdk.settings.sleep
		sdk.settings.sleep = func(ctx context.Context, wait time.Duration) error {
			if len(server.waits) == 9 {
				cancel()
			}
			return sleep(ctx, wait)
		}
		if _, err := sdk.APIKeys.Get(ctx, "h"); err != context.Canceled || len(server.waits) != 10 {
			t.Fatalf("%v, waits %v", err, server.waits)
		}
		for retry, wait := range server.waits {
			if asked := wait <= time.Millisecond; asked != (retry < 3) || (!asked && wait < 375*time.Millisecond) {
				t.Errorf("%v: waits %v", header, server.waits)
				break
			}
		}
	}
}

func TestTheConfigIsThatOfTheCallThenOfTheClientThenTheDefault(t *testing.T) {
	backoff := func(interval int) retry.Config {
		return retry.Config{Strategy: "backoff", RetryConnectionErrors: true, Backoff: &retry.BackoffStrategy{InitialInterval: interval, MaxInterval: interval, Exponent: 1, MaxElapsedTime: 60_000}}
	}
	cases := []struct {
		name      string
		client    []SDKOption
		call      []operations.Option
		low, high time.Duration
	}{
		{"default", nil, nil, 375 * time.Millisecond, 625 * time.Millisecond},
		{"client", []SDKOption{WithRetryConfig(backoff(8))}, nil, 6 * time.Millisecond, 8 * time.Millisecond},
		{"call", []SDKOption{WithRetryConfig(backoff(8))}, []operations.Option{operations.WithRetries(backoff(4))}, 3 * time.Millisecond, 4 * time.Millisecond},
		{"none of the client", []SDKOption{WithRetryConfig(retry.Config{Strategy: "none"})}, nil, 0, 0},
		{"none of the call", nil, []operations.Option{operations.WithRetries(retry.Config{})}, 0, 0},
		{"default intervals", []SDKOption{WithRetryConfig(retry.Config{Strategy: "backoff"})}, nil, 375 * time.Millisecond, 625 * time.Millisecond},
	}
	for _, c := range cases {
		server := serve(t, answer{status: 500, body: `{"error":{"code":500}}`}, answer{status: 200, body: dataJSON})
		_, err := server.client(c.client...).APIKeys.Get(context.Background(), "h", c.call...)
		var fault *sdkerrors.InternalServerResponseError
		if c.high == 0 {
			if !errors.As(err, &fault) || len(server.requests()) != 1 {
				t.Errorf("%s: %v after %d requests", c.name, err, len(server.requests()))
			}
			continue
		}
		if err != nil || len(server.waits) != 1 || server.waits[0] < c.low || server.waits[0] > c.high {
			t.Errorf("%s: %v, waits %v", c.name, err, server.waits)
		}
	}
}

func TestRepeatingIsBoundInTime(t *testing.T) {
	server := serve(t, answer{status: 503, header: map[string]string{"Retry-After": "3601"}})
	if _, err := server.client().APIKeys.Get(context.Background(), "h"); err == nil || len(server.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
	server = serve(t, answer{status: 500, body: `{"error":{"code":500}}`})
	config := retry.Config{Strategy: "backoff", Backoff: &retry.BackoffStrategy{InitialInterval: 1, MaxInterval: 1, Exponent: 1, MaxElapsedTime: 80}}
	_, err := New(WithServerURL(server.URL), WithRetryConfig(config)).APIKeys.Get(context.Background(), "h")
	var fault *sdkerrors.InternalServerResponseError
	if !errors.As(err, &fault) || len(server.requests()) < 3 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestConnectionErrorsAreRepeatedWhereTheConfigSaysSo(t *testing.T) {
	config := retry.Config{Strategy: "backoff", RetryConnectionErrors: false}
	server := serve(t, answer{}, answer{status: 200, body: dataJSON})
	if _, err := server.client(WithRetryConfig(config)).APIKeys.Get(context.Background(), "h"); !errors.Is(err, io.EOF) || len(server.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	attempts := 0
	sdk := serve(t, answer{}).client(WithServerURL(closed.URL), WithClient(doerFunc(func(request *http.Request) (*http.Response, error) {
		attempts++
		return http.DefaultClient.Do(request)
	})))
	ctx, cancel := context.WithCancel(context.Background())
	sdk.settings.sleep = func(context.Context, time.Duration) error {
		if attempts == 4 {
			cancel()
		}
		return ctx.Err()
	}
	if _, err := sdk.APIKeys.Get(ctx, "h"); err != context.Canceled || attempts != 4 {
		t.Errorf("%v after %d attempts", err, attempts)
	}
}

func TestAnHTTPClientMayAskForAnotherAttemptOrForbidIt(t *testing.T) {
	lost := errors.New("lost")
	header := http.Header{"Retry-After": {"3"}}
	cases := []struct {
		name     string
		err      error
		attempts int
		wait     time.Duration
	}{
		{"permanent", retry.Permanent(lost), 1, 0},
		{"temporary", retry.Temporary("later"), 2, 0},
		{"from a response", retry.TemporaryFromResponse("later", &http.Response{Header: header}), 2, 3 * time.Second},
	}
	for _, c := range cases {
		for _, connectionErrors := range []bool{true, false} {
			attempts := 0
			server := serve(t, answer{status: 200, body: dataJSON})
			backoff := &retry.BackoffStrategy{MaxElapsedTime: 60_000}
			config := retry.Config{Strategy: "backoff", RetryConnectionErrors: connectionErrors, Backoff: backoff}
			sdk := server.client(WithRetryConfig(config), WithClient(doerFunc(func(request *http.Request) (*http.Response, error) {
				if attempts++; attempts == 1 {
					return nil, c.err
				}
				return http.DefaultClient.Do(request)
			})))
			_, err := sdk.APIKeys.Get(context.Background(), "h")
			if attempts != c.attempts || (err == nil) != (c.attempts == 2) || (c.attempts == 1 && !errors.Is(err, lost)) {
				t.Errorf("%s: %v after %d attempts", c.name, err, attempts)
			}
			if c.attempts == 2 && (len(server.waits) != 1 || server.waits[0] != c.wait) {
				t.Errorf("%s: waits %v", c.name, server.waits)
			}
		}
	}
}

func TestWhatTookTooLongIsNotRepeated(t *testing.T) {
	asked, release := make(chan struct{}, 10), make(chan struct{})
	server := serve(t, answer{})
	server.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	})
	defer close(release)
	_, err := server.client(WithClient(&http.Client{Timeout: 50 * time.Millisecond})).APIKeys.Get(context.Background(), "h")
	if !errors.Is(err, context.DeadlineExceeded) || len(asked) != 1 {
		t.Errorf("%v after %d attempts", err, len(asked))
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	server := serve(t, answer{status: 503, header: map[string]string{"Retry-After": "600"}})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for len(server.requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := New(WithServerURL(server.URL)).APIKeys.Get(ctx, "h"); err != context.Canceled || len(server.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestWhatCannotBeSentIsNotTried(t *testing.T) {
	for name, opt := range map[string]SDKOption{
		"URL without scheme": WithServerURL("127.0.0.1:8080"), "key with a line break": WithSecurity("the-secret\nx"), "unreadable URL": WithServerURL("http://[::1"),
	} {
		server := serve(t, answer{status: 200, body: dataJSON})
		if _, err := server.client(opt).APIKeys.Get(context.Background(), "h"); err == nil || strings.Contains(err.Error(), "the-secret") || len(server.waits) != 0 {
			t.Errorf("%s: %v, waits %v", name, err, server.waits)
		}
	}
}
