package latchkey

import (
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"latchkey.example/go/internal/exchange"
)

// RetryConfig says how a call is repeated after a status of 500 or more, after 429 when its Retry-After is short, and
// after a connection that failed. What took too long is not repeated. Retry-After of the server goes before the
// intervals here; where the call's time would be over before, the last answer is returned at once. The zero value
// repeats nothing.
type RetryConfig struct {
	// MaxRetries is how often a call is repeated at most. Negative leaves it to MaxElapsed, the timeout and the context.
	MaxRetries int
	// InitialInterval is the longest pause before the first repetition; pauses are random up to their bound.
	InitialInterval time.Duration
	// MaxInterval is the longest pause of all.
	MaxInterval time.Duration
	// Exponent multiplies the bound of the pause with every repetition.
	Exponent float64
	// MaxElapsed bounds the time in which a call is repeated; 0 is without a bound.
	MaxElapsed time.Duration
	// ConnectionErrors tells whether failed connections are repeated too.
	ConnectionErrors bool
}

// DefaultRetryConfig repeats three times, after pauses of up to 200, 400 and 800 milliseconds.
func DefaultRetryConfig() RetryConfig {
	return RetryConfig{
		MaxRetries:       3,
		InitialInterval:  200 * time.Millisecond,
		MaxInterval:      5 * time.Second,
		Exponent:         2,
		ConnectionErrors: true,
	}
}

// A caller that is to wait longer for its turn had better know it.
const rateWaitMax = 5 * time.Second

// policy repeats a call that may be done once only where the server refused to begin it.
func (c RetryConfig) policy(once bool) exchange.Policy {
	return exchange.Policy{
		Retries:       c.MaxRetries,
		MaxElapsed:    c.MaxElapsed,
		WithinContext: true,
		Pause: func(retry int) time.Duration {
			bound := exchange.Exponential(c.InitialInterval, math.Pow(c.Exponent, float64(retry)), c.MaxInterval)
			return time.Duration(rand.Float64() * float64(bound))
		},
		AfterReply: func(reply *exchange.Reply, asked time.Duration, said bool) bool {
			if reply.Status == 429 {
				return said && asked <= rateWaitMax
			}
			return reply.Status >= 500 && !once
		},
		AfterError: func(err error) bool {
			return c.ConnectionErrors && !once && (errors.Is(err, exchange.ErrAttemptTimeout) || exchange.IsConnectionError(err))
		},
	}
}
