package latchkey

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"latchkey.example/go/internal/exchange"
)

// Error is an answer that is no success. Ask for a code with errors.Is, and get at the rest with errors.As:
//
//	if errors.Is(err, latchkey.FaultKeyNotFound) { ... }
//
//	var refused *latchkey.Error
//	if errors.As(err, &refused) { wait(refused.RetryAfter) }
type Error struct {
	// Operation is what was called, such as "POST /v2/verify".
	Operation string
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
	// NeverFits tells, with BUDGET_EXCEEDED, that the same call never passes however long it waits: ask for less instead.
	NeverFits bool
	// Errors has what is wrong with the input, one entry per place.
	Errors []InputError
	// RetryAfter is how long the server asks to wait; 0 when it does not say, or asks for no wait.
	RetryAfter time.Duration
	// Location is where a redirect points. Redirects are not followed.
	Location string
	// Header has the headers of the answer.
	Header http.Header
	// Attempts is how often the call was sent.
	Attempts int
}

// Is tells whether the target is the error's code.
func (e *Error) Is(target error) bool {
	code, is := target.(Code)
	return is && code != "" && code == e.Code
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
	text.WriteString("latchkey: ")
	if e.Operation != "" {
		text.WriteString(e.Operation + ": ")
	}
	fmt.Fprintf(&text, "status %d", e.Status)
	if e.Location != "" {
		fmt.Fprintf(&text, ": redirects to %s and was not followed; set that as the base URL", exchange.Line(e.Location))
	}
	for _, part := range []string{string(e.Code), e.Detail} {
		if part != "" {
			text.WriteString(": " + exchange.Line(part))
		}
	}
	return text.String() + quotedID(e.RequestID)
}

// quotedID is a request id as it stands in messages, and nothing without one.
func quotedID(requestID string) string {
	if requestID == "" {
		return ""
	}
	return " (request " + exchange.Line(requestID) + ")"
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
	NeverFits bool         `json:"neverFits"`
	Errors    []InputError `json:"errors"`
}

// errorOf reads what can be read: a status without a document is an error all the same.
func errorOf(operation string, reply *exchange.Reply) *Error {
	var document problem
	// Whatever of it fits is kept, so the error of reading it says nothing that matters.
	_ = json.Unmarshal(reply.Body, &document)
	if document.RequestID == "" {
		document.RequestID = reply.RequestID()
	}
	wait, _ := exchange.RetryAfter(reply.Header, time.Now())
	return &Error{
		Operation:  operation,
		Status:     reply.Status,
		Code:       document.Code,
		Title:      document.Title,
		Detail:     document.Detail,
		RequestID:  document.RequestID,
		KeyID:      document.KeyID,
		Bound:      document.Bound,
		Budget:     document.Budget,
		NeverFits:  document.NeverFits,
		Errors:     document.Errors,
		RetryAfter: wait,
		Location:   reply.Location(),
		Header:     reply.Header,
		Attempts:   reply.Attempts,
	}
}
