package latchkey

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func call(client *Client, name string) error {
	ctx := context.Background()
	var err error
	switch name {
	case "verify":
		_, err = client.Verify(ctx, VerifyRequest{Key: "k"})
	case "charge":
		_, err = client.Verify(ctx, VerifyRequest{Key: "k", Charge: Amount("1")})
	case "reserve":
		_, err = client.Reserve(ctx, ReserveRequest{KeyID: "k", Amount: "1"})
	case "extend":
		_, err = client.Extend(ctx, "r1", ExtendRequest{TTLSeconds: 60})
	case "settle":
		_, err = client.Settle(ctx, "r1", SettleRequest{Amount: "1"})
	case "release":
		_, err = client.Release(ctx, "r1")
	}
	return err
}

func success(name string) answer {
	switch name {
	case "verify":
		return answer{status: 200, body: validBody}
	case "charge":
		return answer{status: 200, body: with(validBody, `"charged":"1"`)}
	case "settle":
		return answer{status: 200, body: strings.NewReplacer(`"state":"open"`, `"state":"settled"`, `"settled":null`, `"settled":"1"`).Replace(openBody)}
	case "release":
		return answer{status: 200, body: strings.Replace(openBody, `"state":"open"`, `"state":"released"`, 1)}
	}
	return answer{status: 201, body: openBody}
}

func TestEveryCallIsRepeatedAfterWhatPasses(t *testing.T) {
	for _, name := range []string{"verify", "charge", "reserve", "extend", "settle", "release"} {
		for _, failures := range [][]answer{{{status: 500}}, {{status: 503}, {status: 599}, {}}, {{}}} {
			var waits []time.Duration
			server := serve(t, append(append([]answer(nil), failures...), success(name))...)
			if err := call(server.client(&waits), name); err != nil {
				t.Fatalf("%s after %v: %v", name, failures, err)
			}
			requests := server.requests()
			if len(requests) != len(failures)+1 || len(waits) != len(failures) {
				t.Errorf("%s: %d requests, %d waits", name, len(requests), len(waits))
			}
			for _, again := range requests[1:] {
				if again.body != requests[0].body || again.path != requests[0].path {
					t.Errorf("%s: %+v is no repetition of %+v", name, again, requests[0])
				}
			}
		}
	}
}

func TestNoCallIsRepeatedAfterWhatStays(t *testing.T) {
	for _, failure := range []answer{
		{status: 400}, {status: 401}, {status: 402}, {status: 404}, {status: 408}, {status: 409}, {status: 302}, {status: 429},
		{status: 429, header: map[string]string{"Retry-After": "6"}}, {status: 409, header: map[string]string{"Retry-After": "1"}},
	} {
		server := serve(t, failure, answer{status: 200, body: validBody})
		var got *Error
		if err := call(server.client(nil), "verify"); !errors.As(err, &got) || got.Status != failure.status || len(server.requests()) != 1 {
			t.Errorf("%+v: %v after %d requests", failure, err, len(server.requests()))
		}
	}
}

func TestAShortWaitForOnesTurnIsWaited(t *testing.T) {
	var waits []time.Duration
	server := serve(t, answer{status: 429, header: map[string]string{"Retry-After": "5"}}, answer{status: 200, body: validBody})
	if err := call(server.client(&waits), "verify"); err != nil || len(waits) != 1 || waits[0] != 5*time.Second {
		t.Errorf("%v, waits %v", err, waits)
	}
}

func TestAWaitOfNothingIsAWaitThatIsNamed(t *testing.T) {
	for _, status := range []int{429, 503} {
		var waits []time.Duration
		server := serve(t, answer{status: status, header: map[string]string{"Retry-After": "0"}}, answer{status: 200, body: validBody})
		if err := call(server.client(&waits), "verify"); err != nil || len(waits) != 1 || waits[0] != 0 {
			t.Errorf("%d: %v, waits %v", status, err, waits)
		}
	}
	server := serve(t, answer{status: 429, header: map[string]string{"Retry-After": "0"}})
	if err := call(server.client(nil), "verify"); err == nil || len(server.requests()) != 4 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestRepetitionsEndAfterThreeWithTheLastError(t *testing.T) {
	server := serve(t, answer{status: 503, header: map[string]string{"Retry-After-Ms": "70"}})
	var waits []time.Duration
	var got *Error
	if err := call(server.client(&waits), "verify"); !errors.As(err, &got) || got.RetryAfter != 70*time.Millisecond {
		t.Error(err)
	}
	if len(server.requests()) != 4 || len(waits) != 3 || waits[0] != 70*time.Millisecond {
		t.Errorf("%d requests, waits %v", len(server.requests()), waits)
	}
}

func TestPausesAreRandomBelowADoublingBound(t *testing.T) {
	pause := DefaultRetryConfig().policy(false).Pause
	for retry, bound := range []time.Duration{200, 400, 800, 1600, 3200, 5000, 5000} {
		bound *= time.Millisecond
		low, high := bound, time.Duration(0)
		for range 2000 {
			wait := pause(retry)
			low, high = min(low, wait), max(high, wait)
		}
		if low < 0 || high > bound || low > bound/20 || high < bound*19/20 {
			t.Errorf("retry %d: from %v to %v of %v", retry, low, high, bound)
		}
	}
}

func TestRepeatingIsBoundInTime(t *testing.T) {
	config := DefaultRetryConfig()
	config.MaxRetries, config.MaxElapsed = -1, time.Minute
	server := serve(t, answer{status: 503, header: map[string]string{"Retry-After": "61"}})
	var got *Error
	if err := call(server.client(nil, WithRetryConfig(config)), "verify"); !errors.As(err, &got) || len(server.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestAWaitThatTheCallHasNoTimeForIsNotBegun(t *testing.T) {
	server := serve(t, answer{status: 503, header: map[string]string{"Retry-After": "31"}, body: `{"code":"store_unavailable"}`})
	var got *Error
	var waits []time.Duration
	err := call(server.client(&waits), "verify")
	if !errors.As(err, &got) || got.Code != "store_unavailable" || got.RetryAfter != 31*time.Second || len(waits) != 0 {
		t.Errorf("%v after waits %v", err, waits)
	}
}

func TestWithoutConnectionErrorsOnlyAnswersAreRepeated(t *testing.T) {
	config := DefaultRetryConfig()
	config.ConnectionErrors = false
	server := serve(t, answer{}, answer{status: 200, body: validBody})
	if err := call(server.client(nil, WithRetryConfig(config)), "verify"); err == nil || len(server.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestRepeatingAChargeCannotTakeTheMoneyTwice(t *testing.T) {
	requests := map[string]VerifyRequest{`"charged":"1"`: {Key: "k", Charge: Amount("1")}, held: {Key: "k", Reserve: Amount("1")}}
	for name, request := range requests {
		server := serve(t, answer{status: 500}, answer{}, answer{status: 200, body: with(validBody, name)})
		client := server.client(nil)
		for range 2 {
			if _, err := client.Verify(context.Background(), request); err != nil {
				t.Fatal(name, err)
			}
		}
		var ids []string
		for _, sent := range server.requests() {
			var body struct{ RequestID string }
			if err := json.Unmarshal([]byte(sent.body), &body); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, body.RequestID)
		}
		if len(ids) != 4 || len(ids[0]) != 32 || ids[0] != ids[1] || ids[1] != ids[2] || ids[2] == ids[3] {
			t.Errorf("%s: the ids of three attempts and another call are %q", name, ids)
		}
		if request.RequestID != "" {
			t.Error("the caller's request was changed")
		}
	}
	server := serve(t, answer{status: 200, body: validBody})
	if err := call(server.client(nil), "verify"); err != nil || server.requests()[0].body != `{"key":"k"}` {
		t.Errorf("a verify that takes nothing needs no id: %s, %v", server.requests()[0].body, err)
	}
}

func TestRepeatingAReserveCannotHoldTwice(t *testing.T) {
	server := serve(t, answer{status: 500}, answer{}, answer{status: 201, body: openBody})
	client := server.client(nil)
	for _, id := range []string{"", "", "mine"} {
		if _, err := client.Reserve(context.Background(), ReserveRequest{KeyID: "k", Amount: "1", RequestID: id}); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for _, sent := range server.requests() {
		keys = append(keys, sent.header.Get("Idempotency-Key"))
	}
	if len(keys) != 5 || len(keys[0]) != 32 || keys[0] != keys[1] || keys[1] != keys[2] || keys[2] == keys[3] || keys[4] != "" {
		t.Errorf("the keys of three attempts, another call and a call with an id are %q", keys)
	}
}

func TestWhatTookTooLongIsNotRepeated(t *testing.T) {
	asked, release := make(chan struct{}, 10), make(chan struct{})
	server := serve(t, answer{status: 200, body: validBody})
	server.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	})
	defer close(release)
	err := call(server.client(nil, WithTimeout(50*time.Millisecond)), "verify")
	if !errors.Is(err, context.DeadlineExceeded) || len(asked) != 1 {
		t.Errorf("the call's own time: %v after %d requests", err, len(asked))
	}
	err = call(server.client(nil, WithClient(&http.Client{Timeout: 50 * time.Millisecond})), "verify")
	if !errors.Is(err, context.DeadlineExceeded) || len(asked) != 2 {
		t.Errorf("the HTTP client's time: %v after %d requests", err, len(asked))
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for len(asked) != 3 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := server.client(nil).Verify(ctx, VerifyRequest{Key: "k"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	server := serve(t, answer{status: 503, header: map[string]string{"Retry-After": "3600"}})
	ctx, cancel := context.WithCancel(context.Background())
	client := New(WithBaseURL(server.URL), WithTimeout(0))
	go func() {
		for len(server.requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := client.Verify(ctx, VerifyRequest{Key: "k"}); !errors.Is(err, context.Canceled) || len(server.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}
