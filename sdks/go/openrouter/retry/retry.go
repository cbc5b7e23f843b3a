package retry

import (
	"errors"
	"net/http"
	"time"

	"latchkey.example/go/internal/exchange"
)

// Config says how a call is repeated. Statuses of 500 and more are; no other ones.
type Config struct {
	// Strategy is "backoff", or "none" or "" to repeat nothing.
	Strategy string
	// Backoff has the intervals; nil takes the defaults.
	Backoff *BackoffStrategy
	// RetryConnectionErrors tells whether failed connections are repeated too. What took too long is not.
	RetryConnectionErrors bool
}

// BackoffStrategy has the intervals, in milliseconds. A wait that the server asks for goes before them.
type BackoffStrategy struct {
	// InitialInterval is the pause before the first repetition.
	InitialInterval int
	// MaxInterval is the longest pause.
	MaxInterval int
	// Exponent is the power of the number of the repetition that multiplies the pause.
	Exponent float64
	// MaxElapsedTime is how long a call is repeated; 0 and less is without a bound.
	MaxElapsedTime int
}

// PermanentError is the cause of a failure that is not repeated.
type PermanentError struct{ cause error }

// Permanent forbids to repeat a call that failed for this cause.
func Permanent(cause error) error {
	if IsPermanentError(cause) {
		return cause
	}
	return &PermanentError{cause: cause}
}

// Error is the text of the cause.
func (e *PermanentError) Error() string { return e.cause.Error() }

// Unwrap is the cause.
func (e *PermanentError) Unwrap() error { return e.cause }

// TemporaryError is a failure after which a call is repeated.
type TemporaryError struct {
	message string
	wait    time.Duration
}

// Temporary asks for another attempt.
func Temporary(message string) error { return &TemporaryError{message: message} }

// TemporaryFromResponse asks for another attempt, after the wait that the headers of the response ask for.
func TemporaryFromResponse(message string, response *http.Response) error {
	temporary := &TemporaryError{message: message}
	if response != nil {
		temporary.wait, _ = exchange.RetryAfter(response.Header, time.Now())
	}
	return temporary
}

// Error is the message.
func (e *TemporaryError) Error() string { return e.message }

// RetryAfter is how long to wait; 0 leaves that to the Config.
func (e *TemporaryError) RetryAfter() time.Duration { return e.wait }

// IsPermanentError tells whether a PermanentError is in the error's chain.
func IsPermanentError(err error) bool {
	var permanent *PermanentError
	return errors.As(err, &permanent)
}

// IsTemporaryError tells whether a TemporaryError is in the error's chain.
func IsTemporaryError(err error) bool {
	var temporary *TemporaryError
	return errors.As(err, &temporary)
}
