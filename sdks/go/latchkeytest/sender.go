package latchkeytest

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
)

// Sender answers the requests of a real client in a function, without a network. Give it to latchkey.WithClient or
// openrouter.WithClient; what it returns as an error is a failed connection.
type Sender func(*http.Request) (*http.Response, error)

// Do answers the request.
func (s Sender) Do(request *http.Request) (*http.Response, error) { return s(request) }

// JSON is an answer with this status and body, as a server gives it.
func JSON(status int, body string) *http.Response {
	return &http.Response{
		Status:        strconv.Itoa(status) + " " + http.StatusText(status),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader([]byte(body))),
		ContentLength: int64(len(body)),
	}
}
