package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"time"
)

// Policy says what is repeated, when, and for how long.
type Policy struct {
	// Retries is how often a request is sent again at most; negative is without a bound.
	Retries int
	// MaxElapsed bounds the time from the first sending to the last; 0 is without a bound.
	MaxElapsed time.Duration
	// AttemptTimeout bounds each attempt, to the last byte of its reply; 0 is without a bound.
	AttemptTimeout time.Duration
	// WithinContext gives the last answer rather than begin a wait that the context's deadline would cut short.
	WithinContext bool
	// Pause is the wait before a retry, counted from 0, unless the server or the error names one.
	Pause func(retry int) time.Duration
	// AfterReply tells whether a reply is worth another attempt, given the wait that it asks for, if it asks for one.
	AfterReply func(reply *Reply, asked time.Duration, said bool) bool
	// AfterError tells whether a failed attempt is.
	AfterError func(error) bool
	// Observe is told of every attempt; nil tells nobody.
	Observe func(Attempt)
}

// How often a server may name a shorter wait than ours. One that always asks for none would otherwise be called without
// a pause for as long as calls are repeated.
const shortWaitsBelieved = 3

// ErrAttemptTimeout says that one attempt took longer than AttemptTimeout.
var ErrAttemptTimeout = errors.New("no answer within")

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
		sent := time.Now()
		reply, err := try(ctx, doer, request, policy.AttemptTimeout)
		attempt := Attempt{Number: retry + 1, Took: time.Since(sent), Reply: reply, Err: err}
		over := err != nil && ctx.Err() != nil
		if !over {
			attempt.Wait, attempt.Again = policy.next(retry, reply, err)
			attempt.Again = attempt.Again && !policy.exceeds(ctx, begun, attempt.Wait)
		}
		if policy.Observe != nil {
			policy.Observe(attempt)
		}
		switch {
		case over:
			return nil, ctx.Err()
		case !attempt.Again:
			if reply != nil {
				reply.Attempts = attempt.Number
			}
			return reply, err
		}
		if err := sleep(ctx, attempt.Wait); err != nil {
			return nil, err
		}
	}
}

// try makes one attempt.
func try(ctx context.Context, doer Doer, request Request, timeout time.Duration) (*Reply, error) {
	bounded := ctx
	if timeout > 0 {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	attempt, err := request.build(bounded)
	if err != nil {
		return nil, err
	}
	reply, err := send(doer, attempt)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w %v: %w", ErrAttemptTimeout, timeout, bounded.Err())
	}
	return reply, err
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
	said := false
	if err == nil {
		asked, said = RetryAfter(reply.Header, time.Now())
		if !p.AfterReply(reply, asked, said) {
			return 0, false
		}
	} else {
		if !p.AfterError(err) {
			return 0, false
		}
		var timed interface{ RetryAfter() time.Duration }
		if errors.As(err, &timed) {
			asked, said = timed.RetryAfter(), timed.RetryAfter() > 0
		}
	}
	pause := p.Pause(retry)
	if said && (asked >= pause || retry < shortWaitsBelieved) {
		return asked, true
	}
	return pause, true
}

// IsConnectionError tells whether an attempt failed on its way and may succeed the next time. What took too long did
// so already once, and neither a certificate nor the size of a reply changes by asking again.
func IsConnectionError(err error) bool {
	var timed interface{ Timeout() bool }
	switch {
	case err == nil, errors.Is(err, ErrMalformed), errors.Is(err, errProxyRefused), isTLSError(err):
		return false
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.As(err, &timed) && timed.Timeout():
		return false
	}
	return true
}

// isTLSError tells whether the two ends could not agree on a secure connection: they never will.
func isTLSError(err error) bool {
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
		record      tls.RecordHeaderError
		alert       *net.OpError
	)
	switch {
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return true
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return true
	}
	// An alert of the other end, and one of our own, have a type that crypto/tls does not export.
	return errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error")
}

// Exponential is initial * factor, where factor grows with every retry, and at most the bound.
func Exponential(initial time.Duration, factor float64, bound time.Duration) time.Duration {
	pause := float64(initial) * factor
	if math.IsNaN(pause) || pause < 0 {
		return 0
	}
	return time.Duration(min(pause, float64(bound), math.MaxInt64/2))
}
