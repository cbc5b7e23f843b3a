package latchkey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"latchkey.example/go/internal/exchange"
)

const keysPath = "/v2/keys"

// KeysClient makes, lists, reads, changes, rotates, boosts and revokes keys. A key is named by its id or its hash.
type KeysClient struct{ client *Client }

var errOwnKey = errors.New(`"self" names no record; GetSelf and RevokeSelf are for the own key`)

func (k *KeysClient) call(method, rest, ref string, names ...string) (outgoing, error) {
	// A name that comes from elsewhere must not end the key by which this client calls.
	if ref == "self" {
		return outgoing{}, fmt.Errorf("latchkey: %s %s/{}%s: %w", method, keysPath, rest, errOwnKey)
	}
	return outgoing{method: method, path: keysPath + "/{}" + rest, names: append([]string{ref}, names...)}, nil
}

func readAt[T any](ctx context.Context, k *KeysClient, method, rest, ref string, body any, names ...string) (*T, error) {
	made, err := k.call(method, rest, ref, names...)
	if err != nil {
		return nil, err
	}
	made.body = body
	return read[T](ctx, k.client, made)
}

// Create makes a key. Without an [IdempotencyKey] the secret is always there: where an answer was lost on its way and the
// key exists, it is rotated at once, since the first secret can never be shown again. With one, a repeat answers without it.
func (k *KeysClient) Create(ctx context.Context, body CreateKey, options ...CreateOption) (*KeyWithSecret, error) {
	made := creating(keysPath, nil, body, options)
	named := slices.ContainsFunc(options, func(option CreateOption) bool { return option != IdempotencyKey("") })
	if named {
		return read[KeyWithSecret](ctx, k.client, made)
	}
	return k.secretFrom(ctx, made, RotateKey{})
}

// Rotate makes a new secret; the old one works until the overlap (such as "24h") ends, and without one ends at once.
func (k *KeysClient) Rotate(ctx context.Context, ref string, body RotateKey) (*KeyWithSecret, error) {
	if _, err := k.call(http.MethodPost, "/rotate", ref); err != nil {
		return nil, err
	}
	return k.secretFrom(ctx, creating(keysPath+"/{}/rotate", []string{ref}, body, nil), body)
}

// Of losing the answer again and again: then the last failure is told.
const lostMax = 3

// secretFrom makes a secret until an answer with one arrives.
func (k *KeysClient) secretFrom(ctx context.Context, made outgoing, again RotateKey) (*KeyWithSecret, error) {
	for lost := 0; ; lost++ {
		key, err := read[KeyWithSecret](ctx, k.client, made)
		if err != nil || key.Secret != "" {
			return key, err
		}
		if lost == lostMax {
			return nil, fmt.Errorf("latchkey: %w: the key %s was made, but its secret was lost on the way; rotate it to get another", ErrMalformed, key.Key.ID)
		}
		made = creating(keysPath+"/{}/rotate", []string{key.Key.ID}, again, nil)
	}
}

// List reads one page of keys, newest first unless sorted otherwise.
func (k *KeysClient) List(ctx context.Context, query KeyQuery) (*Page[Key], error) {
	return pageOf[Key](ctx, k.client, keysPath, nil, query.values())
}

// All goes through the keys of all pages.
func (k *KeysClient) All(ctx context.Context, query KeyQuery) Items[Key] {
	return itemsOf[Key](ctx, k.client, keysPath, nil, query.values())
}

// Get reads one key.
func (k *KeysClient) Get(ctx context.Context, ref string) (*Key, error) {
	return readAt[Key](ctx, k, http.MethodGet, "", ref, nil)
}

// Update is a merge: what is absent stays, and labels and limits merge entry by entry.
func (k *KeysClient) Update(ctx context.Context, ref string, body UpdateKey, options ...ChangeOption) (*Key, error) {
	if _, err := k.call(http.MethodPatch, "", ref); err != nil {
		return nil, err
	}
	return read[Key](ctx, k.client, changing(http.MethodPatch, keysPath+"/{}", ref, body, options))
}

// Revoke ends a key for good. When it answers, no node accepts the key any more.
func (k *KeysClient) Revoke(ctx context.Context, ref string, options ...RevokeOption) (*Revocation, error) {
	made, err := k.call(http.MethodDelete, "", ref)
	if err != nil {
		return nil, err
	}
	return k.revoke(ctx, made, options)
}

func (k *KeysClient) revoke(ctx context.Context, made outgoing, options []RevokeOption) (*Revocation, error) {
	made.header, made.query = http.Header{}, url.Values{}
	for _, option := range options {
		option.onRevoke(&made)
	}
	return read[Revocation](ctx, k.client, made)
}

// Import takes in up to 1,000 keys that were made elsewhere, by the text or the SHA-256 of their secrets, which go on
// working. What is wrong with one is its result. A secret that a live key has already is left with it, so a call that failed
// may be repeated.
func (k *KeysClient) Import(ctx context.Context, body ImportKeys) (*KeysImported, error) {
	return read[KeysImported](ctx, k.client, outgoing{
		method: http.MethodPost, path: keysPath + "/import", body: body, values: exchange.ReportValuesMax,
	})
}

// RevokeMany ends up to 1,000 keys for good, the named ones or those that a filter finds; while NextCursor is not nil the
// same call with it goes on. What speaks against one is its result.
func (k *KeysClient) RevokeMany(ctx context.Context, body RevokeKeys) (*KeysRevoked, error) {
	return read[KeysRevoked](ctx, k.client, outgoing{
		method: http.MethodPost, path: keysPath + "/revoke", body: body, values: exchange.ReportValuesMax,
	})
}

// GetSelf looks at the key that this client calls with, whatever its access, and takes nothing from it: Refusal and Detail
// tell why it is refused, also while it is disabled, expired, not valid yet or used up. A revoked one is 401.
func (k *KeysClient) GetSelf(ctx context.Context) (*OwnKey, error) {
	return read[OwnKey](ctx, k.client, outgoing{method: http.MethodGet, path: keysPath + "/self"})
}

// RevokeSelf ends the key that this client calls with, for good. Where the answer is lost, calling again is 401 once the key
// is dead. The last key by which everything can be managed stays: the error is FaultLastManager.
func (k *KeysClient) RevokeSelf(ctx context.Context, options ...RevokeOption) (*Revocation, error) {
	return k.revoke(ctx, outgoing{method: http.MethodDelete, path: keysPath + "/self", once: true}, options)
}

// EndOverlap ends the overlap of a rotation: only the current secret works when it answers.
func (k *KeysClient) EndOverlap(ctx context.Context, ref string) (*Key, error) {
	return readAt[Key](ctx, k, http.MethodDelete, "/secrets/previous", ref, nil)
}

// Boost adds to one limit until a moment.
func (k *KeysClient) Boost(ctx context.Context, ref string, window LimitWindow, body SetBoost) (*Key, error) {
	return readAt[Key](ctx, k, http.MethodPut, "/boosts/{}", ref, body, string(window))
}

// EndBoost ends a boost: the limit is what it was without it when this answers.
func (k *KeysClient) EndBoost(ctx context.Context, ref string, window LimitWindow) (*Key, error) {
	return readAt[Key](ctx, k, http.MethodDelete, "/boosts/{}", ref, nil, string(window))
}

// Thresholds tells when settled usage reached 50, 80 and 100 % of a limit.
func (k *KeysClient) Thresholds(ctx context.Context, ref string) (*ThresholdCrossings, error) {
	return readAt[ThresholdCrossings](ctx, k, http.MethodGet, "/thresholds", ref, nil)
}

// Verifications tells how verifies of the key went, by hour or day; why it was refused; which of its secrets were used.
func (k *KeysClient) Verifications(ctx context.Context, ref string, query VerificationQuery) (*KeyVerifications, error) {
	made, err := k.call(http.MethodGet, "/verifications", ref)
	if err != nil {
		return nil, err
	}
	made.query, made.values = query.values(), exchange.ReportValuesMax
	return read[KeyVerifications](ctx, k.client, made)
}

// Health tells how many keys have no limit, never expire, are not used, are near a limit, or expire soon.
func (k *KeysClient) Health(ctx context.Context) (*KeyHealth, error) {
	return read[KeyHealth](ctx, k.client, outgoing{method: http.MethodGet, path: keysPath + "/health"})
}

// Verifications tells how verifies went, by hour or day, of all keys that the caller sees, and which were refused most.
func (c *Client) Verifications(ctx context.Context, query VerificationQuery) (*Verifications, error) {
	return read[Verifications](ctx, c, outgoing{
		method: http.MethodGet, path: "/v2/verifications", query: query.values(), values: exchange.ReportValuesMax,
	})
}
