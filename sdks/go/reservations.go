package latchkey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"latchkey.example/go/internal/exchange"
)

// ReserveRequest holds money of a key. Name the key by exactly one of KeyID and Key.
type ReserveRequest struct {
	// KeyID is the key's id.
	KeyID string `json:"keyId,omitempty"`
	// Key is the text that the client sent.
	Key string `json:"key,omitempty"`
	// Amount is the most that the work can cost.
	Amount USD `json:"amount"`
	// TTLSeconds is how long it is held; 0 leaves it to the server, which takes 600.
	TTLSeconds int64 `json:"ttlSeconds,omitempty"`
	// OnExpiry is what happens when nobody ends it in time; empty leaves it to the server, which gives it back.
	OnExpiry OnExpiry `json:"onExpiry,omitempty"`
	// RequestID makes the call safe to repeat: the same one for the same key answers the first hold. When it is empty
	// the client makes one for the call; give one of your own to repeat the call yourself.
	RequestID string `json:"requestId,omitempty"`
}

// ExtendRequest lets a reservation last longer, or hold more. Neither ever becomes less, so that it is safe to repeat.
type ExtendRequest struct {
	// TTLSeconds is at least how long it is to last from now.
	TTLSeconds int64 `json:"ttlSeconds"`
	// Amount is at least how much it is to hold in all, with what it holds already; empty for no more than that.
	Amount USD `json:"amount,omitempty"`
}

// SettleRequest ends a reservation with its cost. Give either Amount, alone or with BYOKAmount, or UnknownCost.
type SettleRequest struct {
	// Amount is what it really cost.
	Amount USD `json:"amount,omitempty"`
	// BYOKAmount is usage that was paid elsewhere; it goes with Amount.
	BYOKAmount USD `json:"byokAmount,omitempty"`
	// UnknownCost is for when nobody knows the cost.
	UnknownCost UnknownCost `json:"unknownCost,omitempty"`
	// Meta is kept with the usage.
	Meta map[string]string `json:"meta,omitempty"`
}

// UnknownCost says what to charge when nobody knows the cost.
type UnknownCost string

const (
	// ChargeHeld charges all that was held.
	ChargeHeld UnknownCost = "charge_held"
	// ChargeNothing charges nothing.
	ChargeNothing UnknownCost = "charge_nothing"
)

// OnExpiry says what becomes of a reservation that nobody ends in time.
type OnExpiry string

const (
	// OnExpiryRelease gives all of it back, so that what it was for is free. It is what the server does unless told otherwise.
	OnExpiryRelease OnExpiry = "release"
	// OnExpirySettle charges all of it.
	OnExpirySettle OnExpiry = "settle"
)

// ReservationState is how a reservation stands.
type ReservationState string

const (
	// StateOpen holds its amount.
	StateOpen ReservationState = "open"
	// StateSettled has become usage.
	StateSettled ReservationState = "settled"
	// StateReleased was given back.
	StateReleased ReservationState = "released"
	// StateExpired was ended by nobody and holds nothing any more.
	StateExpired ReservationState = "expired"
)

// Caller is whose hand it was: the key that was the credential, and its owner.
type Caller struct {
	// UserID is the user that the key belongs to.
	UserID string `json:"userId"`
	// KeyID is the key.
	KeyID string `json:"keyId"`
}

// Reservation is money that is or was held.
type Reservation struct {
	// ID settles or releases it.
	ID string `json:"id"`
	// KeyID is the key whose money it is.
	KeyID string `json:"keyId"`
	// OwnerID is the user the key belongs to.
	OwnerID string `json:"ownerId"`
	// WorkspaceID is the workspace of the key.
	WorkspaceID string `json:"workspaceId"`
	// RequestID is what the reserve was called by.
	RequestID *string `json:"requestId"`
	// Amount is what is held, or was, with what extensions have added.
	Amount USD `json:"amount"`
	// State is how it stands.
	State ReservationState `json:"state"`
	// HeldAt decides the windows that it and its settlement belong to.
	HeldAt time.Time `json:"heldAt"`
	// ExpiresAt is the first moment at which it holds nothing any more.
	ExpiresAt time.Time `json:"expiresAt"`
	// OnExpiry is what happens when nobody ends it in time.
	OnExpiry OnExpiry `json:"onExpiry,omitempty"`
	// ResolvedAt is when it ended; nil while nobody wrote that down.
	ResolvedAt *time.Time `json:"resolvedAt"`
	// ResolvedBy is who settled or released it; nil while it is open, and when it ran out by itself.
	ResolvedBy *Caller `json:"resolvedBy"`
	// Settled is what it cost; nil unless settled.
	Settled *USD `json:"settled"`
	// BYOKSettled is what was paid elsewhere; nil unless settled.
	BYOKSettled *USD `json:"byokSettled"`
	// Released is what came back of the hold; nil while it is open.
	Released *USD `json:"released"`
	// Overdraft is what was spent beyond the hold; nil unless settled.
	Overdraft *USD `json:"overdraft"`
	// Late tells whether it had expired before it was settled; nil unless settled.
	Late *bool `json:"late"`
	// Meta was kept with the usage; nil unless settled.
	Meta map[string]string `json:"meta" latchkey:"nullable"`
	// Budget has every limit that counts; only in the answer to a settlement.
	Budget []LimitView `json:"budget,omitempty"`
	// Crossed are the thresholds, in percent, that a settlement took a limit across.
	Crossed []int `json:"crossed,omitempty"`
	// Response is how the answer came.
	Response Response `json:"-"`
}

// Reserved is a reservation that was made or extended, and where every limit that counts stands with it.
type Reserved struct {
	Reservation
	// Budget has every limit that counts.
	Budget []LimitView `json:"budget"`
	// Replayed tells, of a reserve, that an earlier request with this RequestID had taken the money, and this one took nothing.
	Replayed bool `json:"replayed,omitempty"`
}

// check tells whether an answer is a reservation in a state that the call can lead to.
func (r *Reservation) check(possible func(ReservationState) bool) error {
	switch {
	case r.ID == "" || r.KeyID == "" || r.State == "" || !r.Amount.isAmount():
		return errors.New("no reservation: id, keyId, state or amount is missing")
	case !possible(r.State):
		return fmt.Errorf("a reservation that is %s after the call", r.State)
	case r.State == StateSettled && (r.Settled == nil || !r.Settled.isAmount()):
		return errors.New("a settled reservation without its cost")
	}
	return nil
}

func (r *Reserved) check() error {
	// A reserve that is repeated answers how the first one stands.
	if err := r.Reservation.check(func(ReservationState) bool { return true }); err != nil {
		return err
	}
	return checkLimits(r.Budget)
}

func (r *Reserved) checkExtended() error {
	if err := r.Reservation.check(func(state ReservationState) bool { return state == StateOpen }); err != nil {
		return err
	}
	return checkLimits(r.Budget)
}

// Reserve holds money of a key. Without room the error is an [*Error] with CodeBudgetExceeded and the limit that bound.
func (c *Client) Reserve(ctx context.Context, request ReserveRequest) (*Reserved, error) {
	header := http.Header{}
	if request.RequestID == "" {
		header.Set("Idempotency-Key", randomID())
	}
	var reserved Reserved
	response, err := c.post(ctx, "/v2/reservations", header, request, &reserved, reserved.check)
	if err != nil {
		return nil, err
	}
	reserved.Response = response
	return &reserved, nil
}

// Extend lets an open reservation last longer, or hold more. What is added needs room like a reserve, in the windows of
// the first one. One that has ended is an [*Error] with FaultReservationResolved. Repeating it changes nothing more.
func (c *Client) Extend(ctx context.Context, id string, request ExtendRequest) (*Reserved, error) {
	segment, err := exchange.PathSegment(id)
	if err != nil {
		return nil, fmt.Errorf("latchkey: extend: the id of the reservation %w", err)
	}
	var reserved Reserved
	response, err := c.post(ctx, "/v2/reservations/"+segment+"/extend", nil, request, &reserved, reserved.checkExtended)
	if err != nil {
		return nil, err
	}
	reserved.Response = response
	return &reserved, nil
}

// Settle ends a reservation with what the work really cost, also beyond what was held. Repeating it answers the same.
func (c *Client) Settle(ctx context.Context, id string, request SettleRequest) (*Reservation, error) {
	return c.resolve(ctx, id, "settle", request, func(state ReservationState) bool { return state == StateSettled })
}

// Release gives a reservation back: the work did not happen. Repeating it answers the same.
func (c *Client) Release(ctx context.Context, id string) (*Reservation, error) {
	return c.resolve(ctx, id, "release", nil, func(state ReservationState) bool { return state != StateOpen })
}

func (c *Client) resolve(
	ctx context.Context, id, how string, body any, possible func(ReservationState) bool,
) (*Reservation, error) {
	segment, err := exchange.PathSegment(id)
	if err != nil {
		return nil, fmt.Errorf("latchkey: %s: the id of the reservation %w", how, err)
	}
	var reservation Reservation
	check := func() error { return reservation.check(possible) }
	response, err := c.post(ctx, "/v2/reservations/"+segment+"/"+how, nil, body, &reservation, check)
	if err != nil {
		return nil, err
	}
	reservation.Response = response
	return &reservation, nil
}

// ReservationsClient reads what is or was held. [Client.Reserve], [Client.Extend], [Client.Settle] and [Client.Release] make and
// end it.
type ReservationsClient struct{ client *Client }

const reservationsPath = "/v2/reservations"

// Get reads one reservation.
func (r *ReservationsClient) Get(ctx context.Context, id string) (*Reservation, error) {
	var found Reservation
	response, err := r.client.do(ctx, reading(reservationsPath+"/{}", id), &found, func([]byte) error {
		return found.check(func(ReservationState) bool { return true })
	})
	if err != nil {
		return nil, err
	}
	found.Response = response
	return &found, nil
}

// List reads one page of reservations, newest first.
func (r *ReservationsClient) List(ctx context.Context, query ReservationQuery) (*Page[Reservation], error) {
	return pageOf[Reservation](ctx, r.client, reservationsPath, nil, query.values())
}

// All goes through the reservations of all pages.
func (r *ReservationsClient) All(ctx context.Context, query ReservationQuery) Items[Reservation] {
	return itemsOf[Reservation](ctx, r.client, reservationsPath, nil, query.values())
}
