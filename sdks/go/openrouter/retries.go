package openrouter

import (
	"math"
	"math/rand/v2"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/internal/exchange"
	"latchkey.example/go/openrouter/retry"
)

var defaultBackoff = retry.BackoffStrategy{
	InitialInterval: 500,
	MaxInterval:     60_000,
	Exponent:        1.5,
	MaxElapsedTime:  3_600_000,
}

// How far a pause may be from what the backoff says, so that clients that failed together do not come back together.
const jitter = 0.25

// policyOf is what the config of the call says, else the client's, else the default.
func policyOf(configs ...*retry.Config) exchange.Policy {
	config := retry.Config{Strategy: "backoff", RetryConnectionErrors: true}
	for _, given := range configs {
		if given != nil {
			config = *given
			break
		}
	}
	if config.Strategy != "backoff" {
		return exchange.Policy{}
	}
	backoff := backoffOf(config)
	return exchange.Policy{
		Retries:    -1,
		MaxElapsed: milliseconds(backoff.MaxElapsedTime),
		Pause: func(retry int) time.Duration {
			factor := math.Pow(float64(retry+1), backoff.Exponent) * (1 - jitter + 2*jitter*rand.Float64())
			return exchange.Exponential(milliseconds(backoff.InitialInterval), factor, milliseconds(backoff.MaxInterval))
		},
		AfterReply: func(reply *exchange.Reply, _ time.Duration, _ bool) bool { return reply.Status >= 500 },
		AfterError: func(err error) bool { return mayRepeat(err, config.RetryConnectionErrors) },
	}
}

func mayRepeat(err error, connectionErrors bool) bool {
	switch {
	case retry.IsPermanentError(err):
		return false
	case retry.IsTemporaryError(err):
		return true
	}
	return connectionErrors && exchange.IsConnectionError(err)
}

// nativeRetries is the same for the native client, whose pauses double where these grow by a power of their number.
func nativeRetries(config retry.Config) latchkey.RetryConfig {
	if config.Strategy != "backoff" {
		return latchkey.RetryConfig{}
	}
	backoff := backoffOf(config)
	return latchkey.RetryConfig{
		MaxRetries:       -1,
		InitialInterval:  milliseconds(backoff.InitialInterval),
		MaxInterval:      milliseconds(backoff.MaxInterval),
		Exponent:         backoff.Exponent,
		MaxElapsed:       milliseconds(backoff.MaxElapsedTime),
		ConnectionErrors: config.RetryConnectionErrors,
	}
}

func backoffOf(config retry.Config) retry.BackoffStrategy {
	if config.Backoff == nil {
		return defaultBackoff
	}
	return *config.Backoff
}

func milliseconds(count int) time.Duration { return time.Duration(max(0, count)) * time.Millisecond }
