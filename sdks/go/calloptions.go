package latchkey

import (
	"fmt"
	"net/http"
)

// IdempotencyKey names a creating call: the same one with the same body does the work once and answers what it answered,
// for a day. A random one is sent unless it is given, so that the client's own repeats are safe.
type IdempotencyKey string

// IfRevision makes a change only while the record has this revision; otherwise the error is FaultRevisionMismatch. Such a call
// is not repeated: a repeat of one that got through would be refused.
type IfRevision int64

// Reason is why, for the audit log.
type Reason string

// CreateOption says how a record is made: an [IdempotencyKey].
type CreateOption interface{ onCreate(*outgoing) }

// ChangeOption says how a record is changed or deleted: [IfRevision].
type ChangeOption interface{ onChange(*outgoing) }

// RevokeOption says how a key is revoked: [IfRevision] or [Reason].
type RevokeOption interface{ onRevoke(*outgoing) }

func (k IdempotencyKey) onCreate(call *outgoing) { call.header.Set(idempotencyHeader, string(k)) }

func (r IfRevision) onChange(call *outgoing) {
	call.header.Set("If-Match", fmt.Sprintf(`"%d"`, r))
	call.once = true
}

func (r IfRevision) onRevoke(call *outgoing) { r.onChange(call) }

func (r Reason) onRevoke(call *outgoing) { setText(call.query, "reason", string(r)) }

const idempotencyHeader = "Idempotency-Key"

// creating is a call that makes something once, however often it is sent.
func creating(path string, names []string, body any, options []CreateOption) outgoing {
	made := outgoing{method: http.MethodPost, path: path, names: names, body: body, header: http.Header{}}
	for _, option := range options {
		option.onCreate(&made)
	}
	if made.header.Get(idempotencyHeader) == "" {
		made.header.Set(idempotencyHeader, randomID())
	}
	return made
}

// changing is a call that changes or deletes a record. A repeat of a merge could undo what somebody else did meanwhile.
func changing(method, path, ref string, body any, options []ChangeOption) outgoing {
	made := outgoing{method: method, path: path, names: []string{ref}, body: body, header: http.Header{}, once: method == http.MethodPatch}
	for _, option := range options {
		option.onChange(&made)
	}
	return made
}
