package latchkey_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/openrouter"
	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
	"latchkey.example/go/openrouter/retry"
)

// What a call makes of an answer that is none.
const (
	malformed = "malformed"
	late      = "late"
	broken    = "broken"
	status    = "status"
)

const (
	// What a call is given that is to end late, and any other one.
	shortTime = 120 * time.Millisecond
	longTime  = 10 * time.Second
	// How much later than it should a call may end on a busy machine.
	grace = 10 * time.Second
	// 16 MiB, and the smaller buffers that it grew from.
	allocatedMax = 160 << 20
)

// hostileCalls are calls of every kind: a decision, money, one record, a list, and changes.
var hostileCalls = map[string]func(context.Context, *openrouter.OpenRouter) error{
	"verify": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		verdict, err := sdk.Latchkey.Verify(ctx, latchkey.VerifyRequest{Key: "k"})
		return errorWithout(verdict != nil, err)
	},
	"reserve": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		held, err := sdk.Latchkey.Reserve(ctx, latchkey.ReserveRequest{KeyID: "k", Amount: "1"})
		return errorWithout(held != nil, err)
	},
	"settle": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		settled, err := sdk.Latchkey.Settle(ctx, "r", latchkey.SettleRequest{Amount: "1"})
		return errorWithout(settled != nil, err)
	},
	"keys": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		page, err := sdk.Latchkey.Keys.List(ctx, latchkey.KeyQuery{})
		return errorWithout(page != nil, err)
	},
	"usage": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		rows, err := sdk.Latchkey.Usage.Summarise(ctx, latchkey.UsageQuery{})
		return errorWithout(rows != nil, err)
	},
	"list": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		list, err := sdk.APIKeys.List(ctx, nil, nil, nil)
		return errorWithout(list != nil, err)
	},
	"get": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		key, err := sdk.APIKeys.Get(ctx, "h")
		return errorWithout(key != nil, err)
	},
	"activity": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		report, err := sdk.Analytics.GetUserActivity(ctx, nil, nil, nil, nil, nil)
		return errorWithout(report != nil, err)
	},
	"credits": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		credits, err := sdk.Credits.GetCredits(ctx)
		return errorWithout(credits != nil, err)
	},
	"delete": func(ctx context.Context, sdk *openrouter.OpenRouter) error {
		gone, err := sdk.APIKeys.Delete(ctx, "h")
		return errorWithout(gone != nil, err)
	},
}

// nativeCalls are those of them that are no calls of OpenRouter's.
var nativeCalls = map[string]bool{"verify": true, "reserve": true, "settle": true, "keys": true, "usage": true}

func errorWithout(result bool, err error) error {
	if result && err != nil {
		return fmt.Errorf("a result beside an error: %s", err.Error())
	}
	return err
}

func kindOf(err error) string {
	var native *latchkey.Error
	var other *sdkerrors.APIError
	var forbidden *sdkerrors.ResponseError[components.ForbiddenResponseErrorData]
	switch {
	case err == nil:
		return "no error"
	case errors.Is(err, latchkey.ErrMalformed):
		return malformed
	case errors.As(err, &native), errors.As(err, &other), errors.As(err, &forbidden):
		return status
	case errors.Is(err, context.DeadlineExceeded):
		return late
	}
	return broken
}

// rawServer answers every connection with the same bytes and counts the requests.
func rawServer(t *testing.T, answer func(io.Writer)) (url string, requests func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count := make(chan int, 1)
	count <- 0
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				// Requests are small: they come in one piece, or their rest is of no interest.
				if _, err := connection.Read(make([]byte, 64<<10)); err != nil {
					return
				}
				count <- 1 + <-count
				answer(connection)
			}()
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return "http://" + listener.Addr().String(), func() int {
		now := <-count
		count <- now
		return now
	}
}

func TestNoAnswerHoweverHostileCostsMuchOrIsTakenForOne(t *testing.T) {
	made := 0
	for _, hostile := range hostileAnswers() {
		for name, call := range hostileCalls {
			if testing.Short() && name != "verify" && name != "list" {
				continue
			}
			made++
			url, requests := rawServer(t, hostile.answer)
			given := longTime
			if hostile.want == late {
				given = shortTime
			}
			backoff := &retry.BackoffStrategy{InitialInterval: 1, MaxInterval: 1, Exponent: 1, MaxElapsedTime: 20}
			sdk := openrouter.New(openrouter.WithServerURL(url+"/api/v1"), openrouter.WithSecurity("k"), openrouter.WithTimeout(given),
				openrouter.WithRetryConfig(retry.Config{Strategy: "backoff", Backoff: backoff, RetryConnectionErrors: true}))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			err := call(context.Background(), sdk)
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			want := hostile.want
			if hostile.openrouter != "" && !nativeCalls[name] {
				want = hostile.openrouter
			}
			if kind := kindOf(err); kind != want {
				t.Errorf("%s, %s: %s and not %s: %.300v", hostile.name, name, kind, want, err)
			}
			attempts := requests()
			if want != broken && attempts != 1 {
				t.Errorf("%s, %s: %d requests", hostile.name, name, attempts)
			}
			if allocated := int(after.TotalAlloc - before.TotalAlloc); allocated > max(1, attempts)*allocatedMax {
				t.Errorf("%s, %s: %d MiB were allocated", hostile.name, name, allocated>>20)
			}
			if bound := given/4 + grace; took > bound {
				t.Errorf("%s, %s: it took %v", hostile.name, name, took)
			}
			if len(fmt.Sprint(err)) > 10_000 {
				t.Errorf("%s, %s: a message of %d characters", hostile.name, name, len(err.Error()))
			}
		}
	}
	t.Logf("%d calls", made)
	if made < 180 {
		t.Error("the answers were not found")
	}
}

func TestAByteOrderMarkIsNoHarm(t *testing.T) {
	bodies := map[string]string{
		"verify": `{"valid":false,"code":"NOT_FOUND"}`, "reserve": `{"id":"r","keyId":"k","state":"open","amount":"1","budget":[]}`,
		"settle": `{"id":"r","keyId":"k","state":"settled","amount":"1","settled":"1"}`,
		"list":   `{"data":[]}`, "get": `{"data":{"hash":"h"}}`, "activity": `{"data":[]}`, "credits": `{"data":{"total_usage":1}}`, "delete": `{"deleted":true}`,
		"keys": `{"data":[],"nextCursor":null}`, "usage": `{"data":[]}`,
	}
	for name, call := range hostileCalls {
		for _, mark := range []string{"", "\xef\xbb\xbf"} {
			url, _ := rawServer(t, reply(200, "", mark+bodies[name]))
			if err := call(context.Background(), openrouter.New(openrouter.WithServerURL(url+"/api/v1"))); err != nil {
				t.Errorf("%s, mark %q: %v", name, mark, err)
			}
		}
		url, _ := rawServer(t, reply(200, "", "\xff\xfe"+strings.Join(strings.Split(bodies[name], ""), "\x00")))
		if err := call(context.Background(), openrouter.New(openrouter.WithServerURL(url+"/api/v1"))); kindOf(err) != malformed {
			t.Errorf("%s in UTF-16: %v", name, err)
		}
	}
	url, _ := rawServer(t, reply(403, "", "\xef\xbb\xbf"+`{"code":"permission_denied","detail":"no"}`))
	var refused *latchkey.Error
	_, err := latchkey.New(latchkey.WithBaseURL(url)).Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	if !errors.As(err, &refused) || refused.Code != "permission_denied" {
		t.Errorf("a failure with a mark: %v", err)
	}
}

func TestAnAttemptHasATimeOfItsOwnAndIsRepeatedWhenItIsOver(t *testing.T) {
	hangs, requests := rawServer(t, drip("HTTP/1.1 200 OK\r\n\r\n", " "))
	retries := latchkey.RetryConfig{MaxRetries: 2, ConnectionErrors: true}
	client := latchkey.New(latchkey.WithBaseURL(hangs), latchkey.WithAttemptTimeout(50*time.Millisecond), latchkey.WithRetryConfig(retries))
	_, err := client.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	if !errors.Is(err, context.DeadlineExceeded) || requests() != 3 || !strings.Contains(err.Error(), "50ms") {
		t.Errorf("%v after %d requests", err, requests())
	}
	retries.MaxRetries = -1
	client = latchkey.New(latchkey.WithBaseURL(hangs), latchkey.WithTimeout(shortTime), latchkey.WithAttemptTimeout(50*time.Millisecond), latchkey.WithRetryConfig(retries))
	begun := time.Now()
	_, err = client.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || requests() < 5 || took > shortTime+grace {
		t.Errorf("%v after %d requests and %v", err, requests(), took)
	}
	before := requests()
	retries.ConnectionErrors = false
	client = latchkey.New(latchkey.WithBaseURL(hangs), latchkey.WithAttemptTimeout(50*time.Millisecond), latchkey.WithRetryConfig(retries))
	if _, err = client.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"}); !errors.Is(err, context.DeadlineExceeded) || requests() != before+1 {
		t.Errorf("%v after %d requests", err, requests()-before)
	}
}

func TestTheTimeOfACallCountsTheCredentialToo(t *testing.T) {
	source := func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	client := latchkey.New(latchkey.WithTimeout(20*time.Millisecond), latchkey.WithAPIKeySource(source))
	if _, err := client.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	sdk := openrouter.New(openrouter.WithTimeout(20*time.Millisecond), openrouter.WithSecuritySource(func(ctx context.Context) (components.Security, error) {
		<-ctx.Done()
		return components.Security{}, ctx.Err()
	}))
	if _, err := sdk.APIKeys.Create(context.Background(), operations.CreateKeysRequest{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestAddressesThatCannotBeCalledAreRefusedAtOnce(t *testing.T) {
	// Whatever is sent to the default by mistake would arrive here.
	t.Setenv("LATCHKEY_BASE_URL", "")
	bad := []string{
		"", "/", "///", "localhost:8080", "127.0.0.1:8080", "keys.example.com", "//keys.example.com", "/api/v1", "http:", "http://", "https://",
		"http:///v2", "http://:8080", "http:keys.example.com", `http:\\keys.example.com`, "ftp://h", "ws://h", "unix:///run/latchkey", "HTTPS//h",
		"http://h?x=the-secret", "http://h/#the-secret", "http://h?", "http://h#", "http://the-secret@h", "http://u:the-secret@h", "http://u:the-secret?@h",
		"http://u:the-secret@", "ftp://u:the-secret@h", "http://u:the-secret @h:x", "u:the-secret@h", "http://h:0", "http://h:65536", "http://h:x", "http://h:-1",
		" http://h", "http://h ", "http://h/a b", "http://h\n", "http://h\r\nX: y", "http://[::1", "http://h/%zz", "http://a b", "\x00",
	}
	never := neverSent{t}
	for _, address := range bad {
		native := latchkey.New(latchkey.WithBaseURL(address), latchkey.WithAPIKey("k"), latchkey.WithClient(never))
		sdk := openrouter.New(openrouter.WithServerURL(address), openrouter.WithSecurity("k"), openrouter.WithClient(never))
		_, verified := native.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
		_, got := sdk.APIKeys.Get(context.Background(), "h")
		_, other := openrouter.New(openrouter.WithClient(never)).APIKeys.Get(context.Background(), "h", operations.WithServerURL(address))
		_, inner := sdk.Latchkey.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
		for _, err := range []error{native.Err(), verified, got, other, inner} {
			if text := fmt.Sprint(err); !strings.Contains(text, "the server URL") || strings.Contains(text, "the-secret") {
				t.Errorf("%q: %v", address, err)
			}
		}
	}
	t.Setenv("LATCHKEY_BASE_URL", "localhost:8080")
	if err := latchkey.New(latchkey.WithClient(never)).Err(); err == nil || !strings.Contains(err.Error(), "LATCHKEY_BASE_URL") || !strings.Contains(err.Error(), "localhost:8080") {
		t.Error(err)
	}
	for _, address := range []string{"http://h", "HTTPS://H.example:443/", "http://127.0.0.1:8080", "http://[::1]:1/x/", "http://[fe80::1%25eth0]", "http://bücher.example", "http://h/a%20b", "http://h:"} {
		if err := latchkey.New(latchkey.WithBaseURL(address)).Err(); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAMessageIsBoundWhateverTheAnswer(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, body := range []string{long, `{"code":"` + long + `","detail":"` + long + `","requestId":"` + long + `"}`, `{"error":{"code":403,"message":"` + long + `"}}`} {
		for name, call := range hostileCalls {
			url, _ := rawServer(t, reply(418, "Location: "+long[:1000]+"\r\n", body))
			err := call(context.Background(), openrouter.New(openrouter.WithServerURL(url+"/api/v1")))
			if text := fmt.Sprint(err); kindOf(err) != status || len(text) > 10_000 || !strings.Contains(text, "418") {
				t.Errorf("%s: %d characters, %.100s", name, len(text), text)
			}
		}
	}
	url, _ := rawServer(t, reply(418, "", `{"code":"c","detail":"line\r\n2030-01-01 admin logged in\u001b[2J\u202e","requestId":"r\n"}`))
	_, err := latchkey.New(latchkey.WithBaseURL(url)).Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	if text := fmt.Sprint(err); strings.ContainsAny(text, "\r\n\x1b\u202e") || !strings.Contains(text, "admin") {
		t.Errorf("%q", text)
	}
}

type neverSent struct{ t *testing.T }

func (n neverSent) Do(request *http.Request) (*http.Response, error) {
	n.t.Errorf("%s was sent", request.URL)
	return nil, errors.New("sent")
}

func reply(status int, headers, body string) func(io.Writer) {
	head := fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\n%s\r\n", status, headers)
	return func(w io.Writer) { _, _ = io.WriteString(w, head+body) }
}

// endless writes the part until the other end has had enough, and at most 400 MiB of it.
func endless(head, part string) func(io.Writer) {
	block := bytes.Repeat([]byte(part), max(1, 64<<10/len(part)))
	return func(w io.Writer) {
		_, _ = io.WriteString(w, head)
		for sent := 0; sent < 400<<20; sent += len(block) {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

// drip writes the part now and then, until the other end has gone.
func drip(head, part string) func(io.Writer) {
	return func(w io.Writer) {
		_, _ = io.WriteString(w, head)
		for until := time.Now().Add(longTime); time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
			if _, err := io.WriteString(w, part); err != nil {
				return
			}
		}
	}
}
