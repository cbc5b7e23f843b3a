package sdkerrors

import (
	"fmt"
	"net/http"
	"time"

	"latchkey.example/go/internal/exchange"
)

// APIError is an answer that the operation does not declare: another status, a redirect, or not JSON.
type APIError struct {
	// Message says what is wrong with the answer.
	Message string
	// StatusCode is the HTTP status.
	StatusCode int
	// Body is the body of the answer as text.
	Body string
	// RawResponse is the answer; its body can be read once more.
	RawResponse *http.Response
}

// NewAPIError makes an APIError.
func NewAPIError(message string, statusCode int, body string, response *http.Response) *APIError {
	return &APIError{Message: message, StatusCode: statusCode, Body: body, RawResponse: response}
}

// What a message shows of a body. The body itself is in the error.
const shownBytesMax = 4096

// Error is the message, the status and, on lines of its own, the body or the beginning of a long one.
func (e *APIError) Error() string {
	text := fmt.Sprintf("%s: Status %d", e.Message, e.StatusCode)
	if e.Body != "" {
		text += "\n" + exchange.Beginning(e.Body, shownBytesMax)
	}
	return text
}

// RequestID finds the call in the server's log; empty when the answer does not say.
func (e *APIError) RequestID() string { return requestID(e.RawResponse) }

// RetryAfter is how long the server asks to wait; 0 when it does not say, or asks for no wait.
func (e *APIError) RetryAfter() time.Duration { return retryAfter(e.RawResponse) }

func requestID(response *http.Response) string {
	if response == nil {
		return ""
	}
	return response.Header.Get("X-Request-Id")
}

func retryAfter(response *http.Response) time.Duration {
	if response == nil {
		return 0
	}
	wait, _ := exchange.RetryAfter(response.Header, time.Now())
	return wait
}
