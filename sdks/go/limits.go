package latchkey

import (
	"errors"
	"time"
)

// LimitView is where a limit on money stands.
type LimitView struct {
	// Scope is whose limit it is: "key", "user" or "workspace".
	Scope string `json:"scope"`
	// ID is that of the key, user or workspace.
	ID string `json:"id"`
	// Window is "daily", "weekly", "monthly" or "total".
	Window string `json:"window"`
	// Limit is the limit in force, with a boost while that lasts.
	Limit USD `json:"limit"`
	// Spent is the settled usage that counts.
	Spent USD `json:"spent"`
	// Reserved is what open reservations hold.
	Reserved USD `json:"reserved"`
	// Remaining is what is left, never below 0.
	Remaining USD `json:"remaining"`
	// ResetsAt is when the window starts anew; nil for "total", which never does. Of a limit that has refused a call it is
	// when the same call passes, and nil when it never does.
	ResetsAt *time.Time `json:"resetsAt"`
}

// checkLimits finds a limit that is none: money is decided by its amounts.
func checkLimits(limits []LimitView) error {
	for _, limit := range limits {
		for _, amount := range []USD{limit.Limit, limit.Spent, limit.Reserved, limit.Remaining} {
			if !amount.isAmount() {
				return errors.New("a limit without its amounts")
			}
		}
	}
	return nil
}

// RateLimitView is where a request rate stands.
type RateLimitView struct {
	// Name is the rate limit's name.
	Name string `json:"name"`
	// Limit is how many units the window allows.
	Limit int64 `json:"limit"`
	// Window is the length of the window.
	Window Duration `json:"window"`
	// Remaining is how many whole units are left.
	Remaining int64 `json:"remaining"`
	// ResetsAt is when the limit is whole again.
	ResetsAt time.Time `json:"resetsAt"`
}

// RateBound is the request rate that bound, and how long to wait for it.
type RateBound struct {
	// Name is the rate limit's name.
	Name string `json:"name"`
	// Limit is how many units the window allows.
	Limit int64 `json:"limit"`
	// Window is the length of the window.
	Window Duration `json:"window"`
	// Remaining is how many whole units are left.
	Remaining int64 `json:"remaining"`
	// ResetsAt is when the same call passes if nothing else happens; nil when it never does.
	ResetsAt *time.Time `json:"resetsAt,omitempty"`
	// RetryAfter is how long to wait until then; empty when the same call never passes.
	RetryAfter Duration `json:"retryAfter,omitempty"`
	// RetryAfterSeconds is the same as a number of seconds; 0 when the same call never passes.
	RetryAfterSeconds int64 `json:"retryAfterSeconds,omitempty"`
}
