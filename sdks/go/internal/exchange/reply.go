package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// BodyBytesMax is the largest body of a reply that is read.
const BodyBytesMax = 16 << 20

// What is kept of a failure's body that is too large: enough for a person to see who answered.
const failureBytesKept = 64 << 10

// ErrTooLarge says that a reply is larger than BodyBytesMax.
var ErrTooLarge = fmt.Errorf("%w: it is larger than 16 MiB", ErrMalformed)

var byteOrderMark = []byte("\xef\xbb\xbf")

// Reply is a whole reply: its body has been read and its connection given back.
type Reply struct {
	// Status is the HTTP status.
	Status int
	// Header has the reply's headers.
	Header http.Header
	// Body is all of the body, without a byte order mark.
	Body []byte
	// Cut tells that the reply is a failure whose body is too large; Body then has its beginning, or nothing.
	Cut bool
	// Attempts is how often the request was sent.
	Attempts int

	response *http.Response
}

// Response is the reply as net/http has it, with a body that can be read once more.
func (r *Reply) Response() *http.Response {
	r.response.Body = io.NopCloser(bytes.NewReader(r.Body))
	return r.response
}

// Success tells whether the status is one.
func (r *Reply) Success() bool { return r.Status >= 200 && r.Status <= 299 }

// RequestID is by what name the server's log knows the call.
func (r *Reply) RequestID() string { return r.Header.Get("X-Request-Id") }

// Location is where a redirect points, and empty for other replies.
func (r *Reply) Location() string {
	if r.Status < 300 || r.Status > 399 {
		return ""
	}
	return r.Header.Get("Location")
}

// send sends one request and reads all of the reply.
func send(doer Doer, request *http.Request) (*Reply, error) {
	response, err := doer.Do(request)
	if err != nil {
		return nil, fmt.Errorf("error sending request: %w", timed(withoutQuery(err)))
	}
	if response == nil {
		return nil, errors.New("error sending request: no response")
	}
	reply := &Reply{Status: response.StatusCode, Header: response.Header, response: response}
	reply.Body, err = readAll(response)
	if errors.Is(err, ErrTooLarge) && !reply.Success() {
		// The status says what a caller needs, whatever else was sent.
		reply.Body, reply.Cut, err = reply.Body[:min(len(reply.Body), failureBytesKept)], true, nil
	}
	if err != nil {
		return nil, fmt.Errorf("error reading response body: %w", timed(err))
	}
	return reply, nil
}

// withoutQuery is the error of net/http without the query of the address, which is nobody's business in a log.
func withoutQuery(err error) error {
	failed, is := err.(*url.Error)
	if !is {
		return err
	}
	address, _, _ := strings.Cut(failed.URL, "?")
	return &url.Error{Op: failed.Op, URL: address, Err: failed.Err}
}

// timed lets whatever took too long match [context.DeadlineExceeded]. Before Go 1.23 the time-out of an HTTP client did not.
func timed(err error) error {
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// readAll reads to the end, because only then is the connection used again, and closes in any case. With ErrTooLarge
// it answers what was read.
func readAll(response *http.Response) ([]byte, error) {
	body := response.Body
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	switch {
	case response.StatusCode < 200:
		// What follows a switch of protocols is no body and has no end.
		return nil, nil
	case response.ContentLength > BodyBytesMax:
		return nil, ErrTooLarge
	}
	content, err := io.ReadAll(io.LimitReader(body, BodyBytesMax+1))
	if err == nil && len(content) > BodyBytesMax {
		err = ErrTooLarge
	}
	return bytes.TrimPrefix(content, byteOrderMark), err
}

// RetryAfter is how long the server asks to wait: retry-after-ms first, then retry-after in seconds or as a date. It
// is false when the headers say nothing that can be read.
func RetryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	if wait, said := parseUnits(header.Get("Retry-After-Ms"), time.Millisecond); said {
		return wait, true
	}
	text := header.Get("Retry-After")
	if wait, said := parseUnits(text, time.Second); said {
		return wait, true
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, date.Sub(now)), true
	}
	return 0, false
}

// parseUnits reads what the header may have by its definition, and a fraction. ParseFloat alone would take "Inf" and
// "0x1p9" too.
func parseUnits(text string, unit time.Duration) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	whole, fraction, pointed := strings.Cut(text, ".")
	if !isDigits(whole) || (pointed && !isDigits(fraction)) {
		return 0, false
	}
	count, _ := strconv.ParseFloat(text, 64)
	if count >= math.MaxInt64/float64(unit) {
		return math.MaxInt64, true
	}
	return time.Duration(count * float64(unit)), true
}

func isDigits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(char rune) bool { return char < '0' || char > '9' })
}
