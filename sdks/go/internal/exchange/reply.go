package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// BodyBytesMax is the largest body of a reply that is read.
const BodyBytesMax = 16 << 20

// ErrTooLarge says that a reply is larger than BodyBytesMax.
var ErrTooLarge = errors.New("the reply is larger than 16 MiB")

// Reply is a whole reply: its body has been read and its connection given back.
type Reply struct {
	// Status is the HTTP status.
	Status int
	// Header has the reply's headers.
	Header http.Header
	// Body is all of the body.
	Body []byte

	response *http.Response
}

// Response is the reply as net/http has it, with a body that can be read once more.
func (r *Reply) Response() *http.Response {
	r.response.Body = io.NopCloser(bytes.NewReader(r.Body))
	return r.response
}

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
		return nil, fmt.Errorf("error sending request: %w", timed(err))
	}
	if response == nil {
		return nil, errors.New("error sending request: no response")
	}
	body, err := readAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("error reading response body: %w", timed(err))
	}
	return &Reply{Status: response.StatusCode, Header: response.Header, Body: body, response: response}, nil
}

// timed lets whatever took too long match [context.DeadlineExceeded]. Before Go 1.23 the time-out of an HTTP client did not.
func timed(err error) error {
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// readAll reads to the end, because only then is the connection used again, and closes in any case.
func readAll(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	content, err := io.ReadAll(io.LimitReader(body, BodyBytesMax+1))
	if err == nil && len(content) > BodyBytesMax {
		err = ErrTooLarge
	}
	return content, err
}

// RetryAfter is how long the server asks to wait: retry-after-ms first, then retry-after in seconds or as a date. It
// is 0 when the headers say nothing that can be read.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	if wait := parseUnits(header.Get("Retry-After-Ms"), time.Millisecond); wait > 0 {
		return wait
	}
	text := header.Get("Retry-After")
	if wait := parseUnits(text, time.Second); wait > 0 {
		return wait
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

func parseUnits(text string, unit time.Duration) time.Duration {
	count, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(count) || count <= 0 {
		return 0
	}
	if count >= math.MaxInt64/float64(unit) {
		return math.MaxInt64
	}
	return time.Duration(count * float64(unit))
}
