package latchkeyhttp

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"latchkey.example/go"
)

// Refusal is what somebody is answered who is not let in.
type Refusal struct {
	// Status is the HTTP status.
	Status int
	// Header has the headers that belong to it: Content-Type, Cache-Control, WWW-Authenticate, Retry-After, RateLimit-*.
	Header http.Header
	// Problem is the body.
	Problem Problem
}

// Problem is the body of a refusal (RFC 9457). It tells a client about its own key and nothing about money or other keys.
type Problem struct {
	// Type is one URI for each code.
	Type string `json:"type"`
	// Title is what the code means.
	Title string `json:"title"`
	// Status is the HTTP status once more.
	Status int `json:"status"`
	// Detail is what to know this time.
	Detail string `json:"detail"`
	// Code is the word to act on: that of the verdict, or credential_missing, credential_conflict, credential_invalid or
	// verification_unavailable.
	Code latchkey.Code `json:"code"`
	// RequestID finds the verify in the server's log.
	RequestID string `json:"requestId,omitempty"`
	// Window is the period of the limit that is used up, with BUDGET_EXCEEDED: "daily", "weekly", "monthly" or "total".
	Window string `json:"window,omitempty"`
	// ResetsAt is when the same request passes if nothing else happens.
	ResetsAt *time.Time `json:"resetsAt,omitempty"`
	// NeverFits tells that it never does, however long the client waits.
	NeverFits bool `json:"neverFits,omitempty"`
}

// VerificationUnavailable is the code of a refusal for want of a decision.
const VerificationUnavailable latchkey.Code = "verification_unavailable"

// How long to wait where nobody says.
const defaultWait = time.Second

// The verdicts whose key is no credential now get 401, so that clients ask for another one; those that only may not do
// this get 403.
var refusals = map[latchkey.Code]struct {
	status int
	title  string
}{
	latchkey.CodeNotFound:                {http.StatusUnauthorized, "This is no key that can be used."},
	latchkey.CodeDisabled:                {http.StatusUnauthorized, "The key is switched off."},
	latchkey.CodeNotYetValid:             {http.StatusUnauthorized, "The key is not valid yet."},
	latchkey.CodeExpired:                 {http.StatusUnauthorized, "The key has expired."},
	latchkey.CodeForbidden:               {http.StatusForbidden, "The key may not be used here."},
	latchkey.CodeInsufficientPermissions: {http.StatusForbidden, "The key lacks a permission for this."},
	latchkey.CodeRateLimited:             {http.StatusTooManyRequests, "Too many requests."},
	latchkey.CodeBudgetExceeded:          {http.StatusPaymentRequired, "A spending limit is used up."},
	latchkey.FaultCredentialMissing:      {http.StatusUnauthorized, "No key was sent."},
	latchkey.FaultCredentialConflict:     {http.StatusUnauthorized, "Two different keys were sent."},
	latchkey.FaultCredentialInvalid:      {http.StatusUnauthorized, "What was sent is no key."},
	VerificationUnavailable:              {http.StatusServiceUnavailable, "The key cannot be verified now."},
}

// RefusalOf turns what came of reading and verifying a key into an answer: nil when the verdict lets the client in, and
// otherwise a refusal, also for an error, which is no decision. What an error says stays out of the answer.
func RefusalOf(verdict *latchkey.Verdict, err error, now time.Time) *Refusal {
	switch {
	case errors.Is(err, ErrNoKey):
		return refusal(latchkey.FaultCredentialMissing, `Send "Authorization: Bearer <key>" or "X-Api-Key: <key>".`)
	case errors.Is(err, ErrTwoKeys):
		return refusal(latchkey.FaultCredentialConflict, "Send one key in one header.")
	case errors.Is(err, ErrNotAKey):
		return refusal(latchkey.FaultCredentialInvalid, "A key has no spaces, and at most 256 characters.")
	case err != nil || verdict == nil:
		return unavailable(err)
	case verdict.Valid && verdict.Code == latchkey.CodeValid:
		return nil
	}
	made := refusal(verdict.Code, "")
	made.Problem.RequestID, made.Problem.NeverFits = verdict.Response.RequestID, verdict.NeverFits
	switch {
	case verdict.Code == latchkey.CodeRateLimited:
		made.rate(verdict)
	case verdict.Code == latchkey.CodeBudgetExceeded && verdict.Bound != nil:
		made.budget(verdict.Bound, now)
	}
	return made
}

// refusal makes one from the table. A code of a newer server refuses too: only VALID lets anybody in.
func refusal(code latchkey.Code, detail string) *Refusal {
	row, known := refusals[code]
	if !known {
		row.status, row.title = http.StatusForbidden, "The key may not be used for this."
	}
	if detail == "" {
		detail = row.title
	}
	header := http.Header{"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}}
	if row.status == http.StatusUnauthorized {
		challenge := "Bearer"
		if code != latchkey.FaultCredentialMissing {
			challenge += ` error="invalid_token"`
		}
		header.Set("WWW-Authenticate", challenge)
	}
	return &Refusal{Status: row.status, Header: header, Problem: Problem{
		Type: "urn:latchkey:refusal:" + string(code), Title: row.title, Status: row.status, Detail: detail, Code: code,
	}}
}

func unavailable(err error) *Refusal {
	made := refusal(VerificationUnavailable, "Try again shortly.")
	wait := defaultWait
	var answered *latchkey.Error
	if errors.As(err, &answered) {
		wait = max(wait, answered.RetryAfter)
		made.Problem.RequestID = answered.RequestID
	}
	made.wait(wait)
	return made
}

func (r *Refusal) rate(verdict *latchkey.Verdict) {
	bound := verdict.RateBound
	if bound == nil {
		bound = &latchkey.RateBound{}
	} else {
		r.Header.Set("RateLimit-Limit", strconv.FormatInt(bound.Limit, 10))
		r.Header.Set("RateLimit-Remaining", strconv.FormatInt(bound.Remaining, 10))
	}
	if verdict.NeverFits {
		return
	}
	wait, err := bound.RetryAfter.Duration()
	if err != nil {
		wait = defaultWait
	}
	r.wait(wait)
	r.Problem.ResetsAt = bound.ResetsAt
	if verdict.RateBound != nil {
		r.Header.Set("RateLimit-Reset", r.Header.Get("Retry-After"))
	}
}

func (r *Refusal) budget(bound *latchkey.LimitView, now time.Time) {
	r.Problem.Window, r.Problem.ResetsAt = bound.Window, bound.ResetsAt
	if bound.ResetsAt != nil && !r.Problem.NeverFits {
		r.wait(bound.ResetsAt.Sub(now))
	}
}

// wait writes Retry-After in whole seconds, never less than the wait and never 0.
func (r *Refusal) wait(wait time.Duration) {
	seconds := max(1, int64(math.Ceil(wait.Seconds())))
	r.Header.Set("Retry-After", strconv.FormatInt(seconds, 10))
}

// Write answers with the refusal.
func (r *Refusal) Write(w http.ResponseWriter) {
	body, err := json.Marshal(r.Problem)
	if err != nil {
		// Only a time beyond the year 9999 cannot be written.
		r.Problem.ResetsAt = nil
		body, _ = json.Marshal(r.Problem)
	}
	for name, values := range r.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(r.Status)
	_, _ = w.Write(body)
}
