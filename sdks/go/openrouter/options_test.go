package openrouter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/retry"
)

func TestTheServerIsThatOfTheCallThenOfTheClientThenOurs(t *testing.T) {
	if got := New().settings.serverURL; got != "http://127.0.0.1:8080/api/v1" || ServerList[ServerProduction] != got {
		t.Errorf("by default: %s", got)
	}
	if got := New(WithServer("production")).settings.serverURL; got != ServerList["production"] {
		t.Errorf("by name: %s", got)
	}
	if got := New(WithTemplatedServerURL("https://{host}/{v}/", map[string]string{"host": "h", "v": "api/v1"})).settings.serverURL; got != "https://h/api/v1" {
		t.Errorf("by template: %s", got)
	}
	if got := New(WithServerURL("https://h/x"), WithServer("production")).settings.serverURL; got != "https://h/x" {
		t.Errorf("URL and name: %s", got)
	}
	client, other := serve(t, answer{status: 200, body: dataJSON}), serve(t, answer{status: 200, body: dataJSON})
	keys := New(WithServerURL(client.URL + "//")).APIKeys
	options := [][]operations.Option{
		nil, {operations.WithServerURL(other.URL + "/base/")},
		{operations.WithTemplatedServerURL(other.URL+"/{name}", map[string]string{"name": "named"})},
	}
	for _, opts := range options {
		if _, err := keys.Get(context.Background(), "h", opts...); err != nil {
			t.Fatal(err)
		}
	}
	if got := client.requests(); len(got) != 1 || got[0].path != "/keys/h" {
		t.Errorf("%+v", got)
	}
	if got := other.requests(); len(got) != 2 || got[0].path != "/base/keys/h" || got[1].path != "/named/keys/h" {
		t.Errorf("%+v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown name of a server is taken")
		}
	}()
	WithServer("staging")
}

func TestEveryCallSaysWhoCalls(t *testing.T) {
	t.Setenv("OPENROUTER_API_KEY", "from-env")
	t.Setenv("OPENROUTER_HTTP_REFERER", "https://env.example")
	t.Setenv("OPENROUTER_X_TITLE", "env title")
	source := func(ctx context.Context) (components.Security, error) {
		return components.Security{APIKey: String("from-source " + fmt.Sprint(ctx.Value(contextKey{})))}, nil
	}
	cases := []struct {
		name                 string
		opts                 []SDKOption
		call                 []operations.Option
		auth, referer, title string
	}{
		{"environment", nil, nil, "Bearer from-env", "https://env.example", "env title"},
		{"options", []SDKOption{WithSecurity("k"), WithHTTPReferer("r"), WithXTitle("t")}, nil, "Bearer k", "r", "t"},
		{"source", []SDKOption{WithSecuritySource(source)}, nil, "Bearer from-source of the call", "https://env.example", "env title"},
		{"none", []SDKOption{WithSecurity("")}, nil, "", "https://env.example", "env title"},
		{"headers of the call", nil, []operations.Option{operations.WithSetHeaders(map[string]string{"authorization": "Bearer set", "X-Title": "set"})}, "Bearer set", "https://env.example", "set"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, answer{status: 200, body: dataJSON})
			sdk := New(append([]SDKOption{WithServerURL(server.URL)}, c.opts...)...)
			if _, err := sdk.APIKeys.Get(context.WithValue(context.Background(), contextKey{}, "of the call"), "h", c.call...); err != nil {
				t.Fatal(err)
			}
			header := server.requests()[0].header
			got := []string{header.Get("Authorization"), header.Get("HTTP-Referer"), header.Get("X-Title"), header.Get("User-Agent"), header.Get("Accept")}
			if want := []string{c.auth, c.referer, c.title, "latchkey-go/0.1.0", "application/json"}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%q", got)
			}
		})
	}
}

type contextKey struct{}

func TestTheCredentialIsAskedForOncePerCallAndItsFailureEndsTheCall(t *testing.T) {
	server := serve(t, answer{status: 500}, answer{status: 500}, answer{status: 200, body: dataJSON})
	asked, lost := 0, errors.New("the vault is shut")
	var fail error
	sdk := server.client(WithSecuritySource(func(context.Context) (components.Security, error) {
		asked++
		return components.Security{APIKey: String("k")}, fail
	}))
	if _, err := sdk.APIKeys.Get(context.Background(), "h"); err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	fail = lost
	if _, err := sdk.APIKeys.Get(context.Background(), "h"); !errors.Is(err, lost) || len(server.requests()) != 3 {
		t.Errorf("%v after %d requests", err, len(server.requests()))
	}
}

func TestOptionsThatTheOperationsDoNotHaveAreRefused(t *testing.T) {
	server := serve(t, answer{status: 200, body: dataJSON})
	for _, call := range calls {
		for _, opt := range []operations.Option{operations.WithURLOverride("http://elsewhere"), operations.WithAcceptHeaderOverride("text/event-stream")} {
			if result, err := call.make(context.Background(), server.client(), opt); !errors.Is(err, operations.ErrUnsupportedOption) || !failed(result, err) {
				t.Errorf("%s: %v", call.name, err)
			}
		}
	}
	if len(server.requests()) != 0 {
		t.Errorf("%+v", server.requests())
	}
}

func TestTimeIsThatOfTheCallThenOfTheClient(t *testing.T) {
	release := make(chan struct{})
	server := serve(t, answer{status: 200, body: dataJSON})
	server.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	short, long := 40*time.Millisecond, time.Hour
	for name, keys := range map[string]func() error{
		"client": func() error {
			_, err := server.client(WithTimeout(short)).APIKeys.Get(context.Background(), "h")
			return err
		},
		"call": func() error {
			_, err := server.client(WithTimeout(long)).APIKeys.Get(context.Background(), "h", operations.WithOperationTimeout(short))
			return err
		},
		"context": func() error {
			ctx, cancel := context.WithTimeout(context.Background(), short)
			defer cancel()
			_, err := server.client().APIKeys.Get(ctx, "h")
			return err
		},
	} {
		if err := keys(); err != context.DeadlineExceeded {
			t.Errorf("%s: %v is not the context's error as it is", name, err)
		}
	}
	quick := serve(t, answer{status: 200, body: dataJSON})
	if _, err := quick.client(WithTimeout(time.Nanosecond)).APIKeys.Get(context.Background(), "h", operations.WithOperationTimeout(0)); err != nil {
		t.Errorf("0 is a bound: %v", err)
	}
}

func TestTheNativeClientSharesEverything(t *testing.T) {
	server := serve(t, answer{status: 503}, answer{status: 200, body: `{"valid":false,"code":"NOT_FOUND"}`})
	sent := 0
	doer := doerFunc(func(request *http.Request) (*http.Response, error) {
		sent++
		return http.DefaultClient.Do(request)
	})
	config := retry.Config{Strategy: "backoff", Backoff: &retry.BackoffStrategy{InitialInterval: 1, MaxInterval: 2, Exponent: 1, MaxElapsedTime: 5000}}
	sdk := server.client(WithClient(doer), WithRetryConfig(config))
	verdict, err := sdk.Latchkey.Verify(context.Background(), nativeVerify)
	if err != nil || verdict.Code != "NOT_FOUND" || sent != 2 {
		t.Fatalf("%+v, %v, %d requests", verdict, err, sent)
	}
	request := server.requests()[1]
	if request.path != "/v2/verify" || request.header.Get("Authorization") != "Bearer the-secret" {
		t.Errorf("%+v", request)
	}
	none := serve(t, answer{status: 503})
	if _, err := none.client(WithRetryConfig(retry.Config{Strategy: "none"})).Latchkey.Verify(context.Background(), nativeVerify); err == nil || len(none.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(none.requests()))
	}
	if New().SDKVersion != "0.1.0" {
		t.Error(New().SDKVersion)
	}
}

type doerFunc func(*http.Request) (*http.Response, error)

func (f doerFunc) Do(request *http.Request) (*http.Response, error) { return f(request) }

func TestAPrintedClientShowsNoKey(t *testing.T) {
	sdk := New(WithSecurity("the-secret"))
	if text := fmt.Sprintf("%v %+v %#v %+v", sdk, sdk, sdk, *sdk); strings.Contains(text, "the-secret") {
		t.Error(text)
	}
}

func TestPointersPointToCopies(t *testing.T) {
	if *String("a") != "a" || !*Bool(true) || *Int(1) != 1 || *Int64(2) != 2 || *Float32(0.5) != 0.5 || *Float64(0.25) != 0.25 || *Pointer(time.Second) != time.Second {
		t.Error("a helper loses its value")
	}
}
