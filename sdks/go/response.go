package latchkey

import (
	"net/http"

	"latchkey.example/go/internal/exchange"
)

// Response is how an answer came, for logs and for asking about a call later.
type Response struct {
	// Status is the HTTP status.
	Status int
	// RequestID finds the call in the server's log.
	RequestID string
	// Header has the headers of the answer.
	Header http.Header
	// Attempts is how often the call was sent.
	Attempts int
}

func responseOf(reply *exchange.Reply) Response {
	return Response{Status: reply.Status, RequestID: reply.RequestID(), Header: reply.Header, Attempts: reply.Attempts}
}
