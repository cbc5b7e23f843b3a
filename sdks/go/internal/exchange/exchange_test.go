package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestTheServersWaitIsReadFromItsHeaders(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	const nothing = -1
	cases := []struct {
		milliseconds, after string
		want                time.Duration
	}{
		{"", "", nothing},
		{"", "2", 2 * time.Second},
		{"", " 2 ", 2 * time.Second},
		{"", "1.5", 1500 * time.Millisecond},
		{"250", "2", 250 * time.Millisecond},
		{"x", "2", 2 * time.Second},
		{"", "0", 0},
		{"", "0.0", 0},
		{"0", "2", 0},
		{"-5", "-2", nothing},
		{"NaN", "soon", nothing},
		{"", "Wed, 02 Jan 2030 03:05:05 GMT", time.Minute},
		{"", "Wed, 02 Jan 2030 03:03:05 GMT", 0},
		{"", "99999999999999999999", math.MaxInt64},
		{"", strings.Repeat("9", 400), math.MaxInt64},
		{"", "Inf", nothing},
		{"", "1e3", nothing},
		{"", "0x1p9", nothing},
		{"", "1_000", nothing},
		{"", "+2", nothing},
		{"", "2,3", nothing},
		{"", "1.", nothing},
	}
	for _, c := range cases {
		header := http.Header{}
		header.Set("Retry-After-Ms", c.milliseconds)
		header.Set("Retry-After", c.after)
		if got, said := RetryAfter(header, now); got != max(0, c.want) || said != (c.want != nothing) {
			t.Errorf("%q %q: %v, %v", c.milliseconds, c.after, got, said)
		}
	}
}

func TestWhatCannotBeSentIsFoundBeforeItIsTried(t *testing.T) {
	fine := http.Header{"X-Title": {"a\tb ü"}}
	cases := []struct {
		request Request
		fine    bool
	}{
		{Request{URL: "http://h/p?q", Header: fine}, true},
		{Request{URL: "https://[::1]:8080"}, true},
		{Request{URL: "h:8080/p"}, false},
		{Request{URL: "127.0.0.1:8080"}, false},
		{Request{URL: "http://"}, false},
		{Request{URL: "ftp://h"}, false},
		{Request{URL: "http://h", Header: http.Header{"A": {"the-secret\r\nX: y"}}}, false},
		{Request{URL: "http://h", Header: http.Header{"A": {"the-secret\x7f"}}}, false},
		{Request{URL: "http://h", Header: http.Header{"A b": {"the-secret"}}}, false},
		{Request{URL: "http://h", Header: http.Header{"": {"the-secret"}}}, false},
	}
	for _, c := range cases {
		err := c.request.Check()
		if (err == nil) != c.fine || strings.Contains(fmt.Sprint(err), "the-secret") {
			t.Errorf("%+v: %v", c.request, err)
		}
	}
}

func TestOnlyWhatFailedOnItsWayIsAConnectionError(t *testing.T) {
	cases := []struct {
		err  error
		want bool
	}{
		{nil, false},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		{&url.Error{Op: "Post", Err: io.EOF}, true},
		{fmt.Errorf("error reading response body: %w", io.ErrUnexpectedEOF), true},
		{&url.Error{Op: "Post", Err: context.DeadlineExceeded}, false},
		{&url.Error{Op: "Post", Err: context.Canceled}, false},
		{&net.OpError{Op: "dial", Err: timedOut{}}, false},
		{&url.Error{Op: "Post", Err: &tls.CertificateVerificationError{Err: errors.New("unknown")}}, false},
		{&url.Error{Op: "Post", Err: x509.UnknownAuthorityError{}}, false},
		{&url.Error{Op: "Post", Err: x509.HostnameError{}}, false},
		{&url.Error{Op: "Post", Err: x509.CertificateInvalidError{}}, false},
		{&url.Error{Op: "Post", Err: tls.RecordHeaderError{}}, false},
		{&url.Error{Op: "Post", Err: http.ErrSchemeMismatch}, false},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}, false},
		{&net.OpError{Op: "local error", Err: errors.New("tls: no application protocol")}, false},
		{fmt.Errorf("error reading response body: %w", ErrTooLarge), false},
	}
	for _, c := range cases {
		if got := IsConnectionError(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

type timedOut struct{}

func (timedOut) Error() string { return "i/o timeout" }
func (timedOut) Timeout() bool { return true }

func TestExponentialHasABoundWhateverTheFactor(t *testing.T) {
	for factor, want := range map[float64]time.Duration{1: time.Second, 2: 2 * time.Second, 9: 5 * time.Second, math.Inf(1): 5 * time.Second, -1: 0, 0: 0} {
		if got := Exponential(time.Second, factor, 5*time.Second); got != want {
			t.Errorf("%v: %v", factor, got)
		}
	}
	if got := Exponential(0, math.Inf(1), time.Second); got != 0 {
		t.Errorf("0 * infinity: %v", got)
	}
}

// counted is a client that counts the connections it opens and the bodies it is left with.
func counted(opened *atomic.Int64) *http.Client {
	transport := NewTransport()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		opened.Add(1)
		return dial(ctx, network, address)
	}
	return &http.Client{Transport: transport, CheckRedirect: refuseRedirect}
}

func TestOneConnectionServesManyCallsWhateverTheirAnswers(t *testing.T) {
	statuses := []int{200, 404, 500, 302, 429, 201}
	var turn atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(statuses[int(turn.Add(1))%len(statuses)])
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
	}))
	defer server.Close()
	var opened atomic.Int64
	client := counted(&opened)
	defer client.CloseIdleConnections()
	for range 60 {
		reply, err := Run(context.Background(), client, Request{Method: "GET", URL: server.URL}, Policy{}, Sleep)
		if err != nil || len(reply.Body) != 100_000 {
			t.Fatalf("%+v, %v", reply, err)
		}
	}
	t.Logf("60 answers over %d connections", opened.Load())
	if opened.Load() != 1 {
		t.Errorf("%d connections were opened", opened.Load())
	}
}

func TestConnectionsThatWereNeededAtOnceAreKeptForTheNextTime(t *testing.T) {
	const wave, waves = 64, 4
	var arrived atomic.Int64
	gates := make([]chan struct{}, waves)
	for index := range gates {
		gates[index] = make(chan struct{})
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		number := arrived.Add(1) - 1
		gate := gates[number/wave]
		if number%wave == wave-1 {
			close(gate)
		}
		<-gate
	}))
	defer server.Close()
	var opened atomic.Int64
	client := counted(&opened)
	defer client.CloseIdleConnections()
	for range waves {
		var group sync.WaitGroup
		for range wave {
			group.Add(1)
			go func() {
				defer group.Done()
				if _, err := Run(context.Background(), client, Request{Method: "GET", URL: server.URL}, Policy{}, Sleep); err != nil {
					t.Error(err)
				}
			}()
		}
		group.Wait()
	}
	t.Logf("%d waves of %d requests at once over %d connections", waves, wave, opened.Load())
	if opened.Load() != wave {
		t.Errorf("%d connections were opened", opened.Load())
	}
}

// tracked is a body that knows whether it was closed.
type tracked struct {
	io.Reader
	closed bool
}

func (b *tracked) Close() error {
	b.closed = true
	return nil
}

type doerFunc func(*http.Request) (*http.Response, error)

func (f doerFunc) Do(request *http.Request) (*http.Response, error) { return f(request) }

func TestEveryBodyIsClosed(t *testing.T) {
	readers := map[string]io.Reader{
		"whole":    strings.NewReader("{}"),
		"broken":   io.MultiReader(strings.NewReader("{"), failing{}),
		"too long": io.LimitReader(endless{}, BodyBytesMax+10),
	}
	for name, reader := range readers {
		body := &tracked{Reader: reader}
		doer := doerFunc(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200, Body: body}, nil })
		_, err := Run(context.Background(), doer, Request{Method: "GET", URL: "http://h"}, Policy{}, Sleep)
		if !body.closed || (err == nil) != (name == "whole") {
			t.Errorf("%s: closed %v, error %v", name, body.closed, err)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type endless struct{}

func (endless) Read(into []byte) (int, error) { return len(into), nil }

func TestAnHTTPClientThatAnswersNothingIsAnError(t *testing.T) {
	doer := doerFunc(func(*http.Request) (*http.Response, error) { return nil, nil })
	if _, err := Run(context.Background(), doer, Request{Method: "GET", URL: "http://h"}, Policy{}, Sleep); err == nil {
		t.Error("no error")
	}
	doer = func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 204}, nil }
	if reply, err := Run(context.Background(), doer, Request{Method: "GET", URL: "http://h"}, Policy{}, Sleep); err != nil || reply.Status != 204 {
		t.Errorf("%+v, %v", reply, err)
	}
}

func TestAPathSegmentCannotLeaveItsPlace(t *testing.T) {
	for text, want := range map[string]string{"a": "a", "a/b": "a%2Fb", "a b?c#d%": "a%20b%3Fc%23d%25", "..a": "..a", "ü": "%C3%BC"} {
		if got, err := PathSegment(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".", ".."} {
		if got, err := PathSegment(text); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestSleepEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := Sleep(context.Background(), time.Nanosecond); err != nil {
		t.Error(err)
	}
}
