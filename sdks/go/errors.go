package latchkey

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"latchkey.example/go/internal/exchange"
)

// Error is an answer that is no success. Get at it with errors.As:
//
//	var refused *latchkey.Error
//	if errors.As(err, &refused) && refused.Code == latchkey.CodeBudgetExceeded { ... }
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is the stable word to act on, and empty when the answer did not come from Latchkey.
	Code Code
	// Title is what the code means.
	Title string
	// Detail is what went wrong this time.
	Detail string
	// RequestID finds the call in the server's log.
	RequestID string
	// KeyID is the key whose limit has no room, with BUDGET_EXCEEDED.
	KeyID string
	// Bound is the limit that has no room, with BUDGET_EXCEEDED; of several, the one that opens last.
	Bound *LimitView
	// Budget has every limit that counts, with BUDGET_EXCEEDED.
	Budget []LimitView
	// Errors has what is wrong with the input, one entry per place.
	Errors []InputError
	// RetryAfter is how long the server asks to wait; 0 when it does not say, or asks for no wait.
	RetryAfter time.Duration
	// Location is where a redirect points. Redirects are not followed.
	Location string

	path string
}

// InputError is one thing that is wrong with the input of a call.
type InputError struct {
	// Pointer is a JSON pointer into the body, or the place outside it.
	Pointer string `json:"pointer"`
	// Message says what is wrong there.
	Message string `json:"message"`
}

// Error tells what was called, what came back and what to do.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "latchkey: POST %s: status %d", e.path, e.Status)
	if e.Location != "" {
		fmt.Fprintf(&text, ": redirects to %s and was not followed; set that as the base URL", exchange.Line(e.Location))
	}
	for _, part := range []string{string(e.Code), e.Detail} {
		if part != "" {
			text.WriteString(": " + exchange.Line(part))
		}
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, " (request %s)", exchange.Line(e.RequestID))
	}
	return text.String()
}

// problem is the server's document about a failure (RFC 9457).
type problem struct {
	Title     string       `json:"title"`
	Detail    string       `json:"detail"`
	Code      Code         `json:"code"`
	RequestID string       `json:"requestId"`
	KeyID     string       `json:"keyId"`
	Bound     *LimitView   `json:"bound"`
	Budget    []LimitView  `json:"budget"`
	Errors    []InputError `json:"errors"`
}

// errorOf reads what can be read: a status without a document is an error all the same.
func errorOf(path string, reply *exchange.Reply) *Error {
	var document problem
	// Whatever of it fits is kept, so the error of reading it says nothing that matters.
	_ = json.Unmarshal(reply.Body, &document)
	if document.RequestID == "" {
		document.RequestID = reply.Header.Get("X-Request-Id")
	}
	wait, _ := exchange.RetryAfter(reply.Header, time.Now())
	return &Error{
		Status:     reply.Status,
		Code:       document.Code,
		Title:      document.Title,
		Detail:     document.Detail,
		RequestID:  document.RequestID,
		KeyID:      document.KeyID,
		Bound:      document.Bound,
		Budget:     document.Budget,
		Errors:     document.Errors,
		RetryAfter: wait,
		Location:   reply.Location(),
		path:       path,
	}
}
