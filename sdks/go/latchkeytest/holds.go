package latchkeytest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"

	"latchkey.example/go"
)

// How long money is held, as on the server.
const (
	defaultTTLSeconds = 600
	maxTTLSeconds     = 7 * 24 * 60 * 60
	maxLife           = 31 * 24 * time.Hour
)

// hold is a reservation and whose money it is.
type hold struct {
	latchkey.Reservation
	key    *account
	amount int64
}

// Reserve holds money of a key, or fails with a *latchkey.Error and CodeBudgetExceeded where the key's limit has no room.
func (f *Fake) Reserve(ctx context.Context, request latchkey.ReserveRequest) (*latchkey.Reserved, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.begin(ctx, Call{Name: "Reserve", Request: request}); err != nil {
		return nil, err
	}
	key := f.byID(request.KeyID)
	if request.Key != "" {
		key = f.bySecret(request.Key)
	}
	switch {
	case (request.Key == "") == (request.KeyID == ""):
		return nil, fault(http.StatusBadRequest, "input_invalid", "Name the key by exactly one of key and keyId.")
	case key == nil || key.Refused == latchkey.CodeNotFound:
		return nil, fault(http.StatusNotFound, "key_not_found", "No such key.")
	case key.Refused != "":
		return nil, fault(http.StatusConflict, "key_not_usable", "The key is disabled, expired, not valid yet, or may not use the data plane.")
	}
	taken, err := f.takeOnce(key, order{request.Amount, true, request.RequestID, request.TTLSeconds, request.OnExpiry})
	switch {
	case err != nil:
		return nil, err
	case taken == nil:
		return nil, f.noRoom(key, nano(request.Amount))
	}
	return &latchkey.Reserved{Reservation: f.current(taken.hold), Budget: f.limitsOf(key), Replayed: taken.replayed}, nil
}

// Extend lets a reservation last longer, or hold more, where the key's limit has room for what is added.
func (f *Fake) Extend(ctx context.Context, id string, request latchkey.ExtendRequest) (*latchkey.Reserved, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.begin(ctx, Call{Name: "Extend", ID: id, Request: request}); err != nil {
		return nil, err
	}
	wanted, err := atLeast(request)
	if err != nil {
		return nil, err
	}
	held, known := f.holds[id]
	if !known {
		return nil, noReservation()
	}
	until := f.now().Add(time.Duration(request.TTLSeconds) * time.Second)
	added := max(0, wanted-held.amount)
	switch {
	case f.current(held).State != latchkey.StateOpen:
		return nil, resolved()
	case held.key.Refused != "":
		return nil, fault(http.StatusConflict, "key_not_usable", "The key is disabled, expired, not valid yet, or may not use the data plane.")
	case until.After(held.HeldAt.Add(maxLife)):
		return nil, fault(http.StatusBadRequest, "input_invalid", "A reservation lasts at most 31 days, with all of its extensions.")
	case held.key.Limit != "" && added > 0 && added > held.key.limit-held.key.spent-f.heldOf(held.key):
		return nil, f.noRoom(held.key, added)
	}
	held.amount += added
	held.Amount = latchkey.USDFromNano(held.amount)
	if until.After(held.ExpiresAt) {
		held.ExpiresAt = until
	}
	return &latchkey.Reserved{Reservation: held.Reservation, Budget: f.limitsOf(held.key)}, nil
}

// atLeast is how much an extension wants to be held in all; 0 for what is held already.
func atLeast(request latchkey.ExtendRequest) (int64, error) {
	if request.TTLSeconds < 1 || request.TTLSeconds > maxTTLSeconds {
		return 0, fault(http.StatusBadRequest, "input_invalid", fmt.Sprintf("A reservation lasts 1 to %d more seconds.", maxTTLSeconds))
	}
	if request.Amount == "" {
		return 0, nil
	}
	amount, err := request.Amount.Nano()
	if err != nil || amount <= 0 {
		return 0, fault(http.StatusBadRequest, "input_invalid", fmt.Sprintf("%q is no amount of USD to hold.", string(request.Amount)))
	}
	return amount, nil
}

// Settle ends a reservation with its cost. A cost beyond what was held is spent too.
func (f *Fake) Settle(ctx context.Context, id string, request latchkey.SettleRequest) (*latchkey.Reservation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.begin(ctx, Call{Name: "Settle", ID: id, Request: request}); err != nil {
		return nil, err
	}
	held, known := f.holds[id]
	if !known {
		return nil, noReservation()
	}
	cost, err := costOf(held, request)
	if err != nil {
		return nil, err
	}
	byok := request.BYOKAmount
	if byok == "" {
		byok = "0"
	}
	now := f.current(held)
	switch {
	case now.State == latchkey.StateReleased:
		return nil, resolved()
	case now.State == latchkey.StateSettled:
		if nano(*now.Settled) != cost || nano(*now.BYOKSettled) != nano(byok) || !maps.Equal(now.Meta, request.Meta) {
			return nil, resolved()
		}
		now.Budget = f.limitsOf(held.key)
		return &now, nil
	}
	late := now.State == latchkey.StateExpired
	covered := held.amount
	if late {
		// Nothing is held any more.
		covered = 0
	}
	held.end(latchkey.StateSettled, f.now())
	held.Settled, held.BYOKSettled = usd(cost), usd(nano(byok))
	held.Released, held.Overdraft = usd(max(0, covered-cost)), usd(max(0, cost-covered))
	held.Late, held.Meta = &late, maps.Clone(request.Meta)
	if held.Meta == nil {
		held.Meta = map[string]string{}
	}
	before := held.key.spent
	held.key.spent += cost
	now = held.Reservation
	now.Budget, now.Crossed = f.limitsOf(held.key), held.key.crossedSince(before)
	return &now, nil
}

// Release gives a reservation back.
func (f *Fake) Release(ctx context.Context, id string) (*latchkey.Reservation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.begin(ctx, Call{Name: "Release", ID: id}); err != nil {
		return nil, err
	}
	held, known := f.holds[id]
	if !known {
		return nil, noReservation()
	}
	now := f.current(held)
	switch now.State {
	case latchkey.StateSettled:
		return nil, resolved()
	case latchkey.StateOpen:
		held.end(latchkey.StateReleased, f.now())
		held.Released = usd(held.amount)
		now = held.Reservation
	}
	return &now, nil
}

func (f *Fake) newHold(key *account, amount int64, order order) *hold {
	if order.ttlSeconds == 0 {
		order.ttlSeconds = defaultTTLSeconds
	}
	made := &hold{key: key, amount: amount, Reservation: latchkey.Reservation{
		ID: fmt.Sprintf("reservation-%d", len(f.holds)+1), KeyID: key.ID, OwnerID: key.OwnerID, WorkspaceID: workspaceID,
		Amount: latchkey.USDFromNano(amount), State: latchkey.StateOpen, HeldAt: f.now(),
		ExpiresAt: f.now().Add(time.Duration(order.ttlSeconds) * time.Second), OnExpiry: order.onExpiry,
	}}
	if order.requestID == "" {
		// The client names what the caller did not name.
		order.requestID = "request-of-" + made.ID
	}
	made.RequestID = &order.requestID
	if f.holds == nil {
		f.holds = map[string]*hold{}
	}
	f.holds[made.ID] = made
	return made
}

// chargeRunOut charges holds in full that were to be charged when nobody ends them, and that nobody ended.
func (f *Fake) chargeRunOut() {
	for _, held := range f.holds {
		if held.OnExpiry == latchkey.OnExpirySettle && f.current(held).State == latchkey.StateExpired {
			inTime := false
			held.end(latchkey.StateSettled, f.now())
			held.Settled, held.BYOKSettled, held.Released, held.Overdraft = usd(held.amount), usd(0), usd(0), usd(0)
			held.Late, held.Meta = &inTime, map[string]string{}
			held.key.spent += held.amount
		}
	}
}

// current is how a reservation stands now: one that nobody ended ends by itself.
func (f *Fake) current(held *hold) latchkey.Reservation {
	now := held.Reservation
	if now.State == latchkey.StateOpen && !f.now().Before(now.ExpiresAt) {
		now.State, now.Released = latchkey.StateExpired, usd(held.amount)
	}
	return now
}

func (f *Fake) heldOf(key *account) int64 {
	sum := int64(0)
	for _, each := range f.holds {
		if each.key == key && f.current(each).State == latchkey.StateOpen {
			sum += each.amount
		}
	}
	return sum
}

func (h *hold) end(state latchkey.ReservationState, at time.Time) { h.State, h.ResolvedAt = state, &at }

func costOf(held *hold, request latchkey.SettleRequest) (int64, error) {
	switch {
	case (request.Amount == "") == (request.UnknownCost == ""), request.UnknownCost != "" && request.BYOKAmount != "":
		return 0, fault(http.StatusBadRequest, "input_invalid", "Give an amount, or what to charge for an unknown cost.")
	case request.UnknownCost == latchkey.ChargeHeld:
		return held.amount, nil
	case request.UnknownCost == latchkey.ChargeNothing:
		return 0, nil
	}
	for _, given := range []latchkey.USD{request.Amount, request.BYOKAmount} {
		if amount, err := given.Nano(); given != "" && (err != nil || amount < 0) {
			return 0, fault(http.StatusBadRequest, "input_invalid", fmt.Sprintf("%q is no amount of USD.", string(given)))
		}
	}
	if request.UnknownCost != "" {
		return 0, fault(http.StatusBadRequest, "input_invalid", fmt.Sprintf("There is no word %q for an unknown cost.", string(request.UnknownCost)))
	}
	return nano(request.Amount), nil
}
