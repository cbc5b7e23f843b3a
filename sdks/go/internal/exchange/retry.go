package exchange

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"time"
)

// Policy says what is repeated, when, and for how long.
type Policy struct {
	// Retries is how often a request is sent again at most; negative is without a bound.
	Retries int
	// MaxElapsed bounds the time from the first sending to the last; 0 is without a bound.
	MaxElapsed time.Duration
	// WithinContext gives the last answer rather than begin a wait that the context's deadline would cut short.
	WithinContext bool
	// Pause is the wait before a retry, counted from 0, unless the server or the error names one.
	Pause func(retry int) time.Duration
	// AfterReply tells whether a reply is worth another attempt, given the wait that it asks for.
	AfterReply func(reply *Reply, asked time.Duration) bool
	// AfterError tells whether a failed attempt is.
	AfterError func(error) bool
}

// Sleeper waits, or returns the context's error as soon as that is done.
type Sleeper func(ctx context.Context, wait time.Duration) error

// Sleep is the Sleeper of everyday use.
func Sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Run sends a request and repeats it as the policy says. It returns the last reply or error; once the context is done,
// that is the context's error as it is.
func Run(ctx context.Context, doer Doer, request Request, policy Policy, sleep Sleeper) (*Reply, error) {
	if err := request.Check(); err != nil {
		return nil, err
	}
	begun := time.Now()
	for retry := 0; ; retry++ {
		attempt, err := request.build(ctx)
		if err != nil {
			return nil, err
		}
		reply, err := send(doer, attempt)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		wait, again := policy.next(retry, reply, err)
		if !again || policy.exceeds(ctx, begun, wait) {
			return reply, err
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// exceeds tells whether a wait would end after the time for repeating is over.
func (p Policy) exceeds(ctx context.Context, begun time.Time, wait time.Duration) bool {
	if p.MaxElapsed > 0 && wait > p.MaxElapsed-time.Since(begun) {
		return true
	}
	deadline, bound := ctx.Deadline()
	return p.WithinContext && bound && wait >= time.Until(deadline)
}

// next decides after an attempt whether there is another one, and after which wait.
func (p Policy) next(retry int, reply *Reply, err error) (time.Duration, bool) {
	if p.Retries >= 0 && retry >= p.Retries {
		return 0, false
	}
	var asked time.Duration
	if err == nil {
		asked = RetryAfter(reply.Header, time.Now())
		if !p.AfterReply(reply, asked) {
			return 0, false
		}
	} else {
		if !p.AfterError(err) {
			return 0, false
		}
		var timed interface{ RetryAfter() time.Duration }
		if errors.As(err, &timed) {
			asked = timed.RetryAfter()
		}
	}
	if asked > 0 {
		return asked, true
	}
	return p.Pause(retry), true
}

// IsConnectionError tells whether an attempt failed on its way and may succeed the next time. What took too long did
// so already once, and neither a certificate nor the size of a reply changes by asking again.
func IsConnectionError(err error) bool {
	var timed interface{ Timeout() bool }
	var certificate *tls.CertificateVerificationError
	switch {
	case err == nil, errors.Is(err, ErrTooLarge), errors.As(err, &certificate):
		return false
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.As(err, &timed) && timed.Timeout():
		return false
	}
	return true
}

// Exponential is initial * factor, where factor grows with every retry, and at most the bound.
func Exponential(initial time.Duration, factor float64, bound time.Duration) time.Duration {
	pause := float64(initial) * factor
	if math.IsNaN(pause) || pause < 0 {
		return 0
	}
	return time.Duration(min(pause, float64(bound), math.MaxInt64/2))
}
