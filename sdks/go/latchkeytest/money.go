package latchkeytest

import (
	"fmt"
	"net/http"
	"sort"
	"time"

	"latchkey.example/go"
)

// taking is what a call with a RequestID took, so that repeating it takes nothing more.
type taking struct {
	amount   int64
	onExpiry latchkey.OnExpiry
	// hold is nil for a charge.
	hold *hold
	// replayed tells that an earlier call took it.
	replayed bool
}

// take spends or holds what a verify asks for and completes its verdict.
func (f *Fake) take(key *account, request latchkey.VerifyRequest, verdict *latchkey.Verdict) (*latchkey.Verdict, error) {
	asked := request.Charge
	if request.Reserve != nil {
		asked = request.Reserve
	}
	switch {
	case request.Charge != nil && request.Reserve != nil:
		return nil, fault(http.StatusBadRequest, "input_invalid", "Ask for charge or reserve, not both.")
	case asked != nil:
		order := order{*asked, request.Reserve != nil, request.RequestID, request.ReserveTTLSeconds, request.ReserveOnExpiry}
		before := key.spent
		taken, err := f.takeOnce(key, order)
		if err != nil {
			return nil, err
		}
		if taken == nil {
			// The amount was read when it found no room.
			refused := f.noRoom(key, nano(*asked))
			return &latchkey.Verdict{
				Code: refused.Code, KeyID: refused.KeyID, Budget: refused.Budget, Bound: refused.Bound, NeverFits: refused.NeverFits,
			}, nil
		}
		taken.show(f, verdict)
		verdict.Crossed = key.crossedSince(before)
	}
	verdict.Budget = f.limitsOf(key)
	return verdict, nil
}

func (t *taking) show(f *Fake, verdict *latchkey.Verdict) {
	verdict.Replayed = t.replayed
	if t.hold == nil {
		verdict.Charged = usd(t.amount)
		return
	}
	now := f.current(t.hold)
	verdict.Reservation = &latchkey.Hold{ID: now.ID, Amount: now.Amount, State: now.State, ExpiresAt: now.ExpiresAt}
}

// order is what a call takes.
type order struct {
	asked      latchkey.USD
	holds      bool
	requestID  string
	ttlSeconds int64
	onExpiry   latchkey.OnExpiry
}

// takeOnce takes money of a key unless the same call has taken it before. It answers nil where there is no room.
func (f *Fake) takeOnce(key *account, order order) (*taking, error) {
	amount, err := order.asked.Nano()
	if err != nil || amount < 0 {
		return nil, fault(http.StatusBadRequest, "input_invalid", fmt.Sprintf("%q is no amount of USD.", string(order.asked)))
	}
	if order.holds && order.onExpiry == "" {
		order.onExpiry = latchkey.OnExpiryRelease
	}
	name := fmt.Sprintf("%s %t %s", key.ID, order.holds, order.requestID)
	if before, known := f.taken[name]; known {
		if before.amount != amount || before.onExpiry != order.onExpiry {
			return nil, fault(http.StatusConflict, "request_id_conflict", "This requestId was used for another amount, or ends otherwise.")
		}
		again := *before
		again.replayed = true
		return &again, nil
	}
	if key.Limit != "" && amount > key.limit-key.spent-f.heldOf(key) {
		return nil, nil
	}
	taken := &taking{amount: amount, onExpiry: order.onExpiry}
	if order.holds {
		taken.hold = f.newHold(key, amount, order)
	} else {
		key.spent += amount
	}
	if f.taken == nil {
		f.taken = map[string]*taking{}
	}
	if order.requestID != "" {
		f.taken[name] = taken
	}
	return taken, nil
}

// crossedSince are the thresholds that the key's spending has crossed since there was so much of it, as the server names them.
func (a *account) crossedSince(before int64) []int {
	if a.Limit == "" {
		return nil
	}
	var crossed []int
	for _, percent := range []int64{50, 80, 100} {
		reached := func(spent int64) bool {
			return spent > 0 && (a.limit > 0 || percent == 100) && spent >= a.limit-a.limit/100*(100-percent)-a.limit%100*(100-percent)/100
		}
		if reached(a.spent) && !reached(before) {
			crossed = append(crossed, int(percent))
		}
	}
	return crossed
}

// limitsOf is the key's limit as a verdict shows it.
func (f *Fake) limitsOf(key *account) []latchkey.LimitView {
	if key.Limit == "" {
		return []latchkey.LimitView{}
	}
	held := f.heldOf(key)
	return []latchkey.LimitView{{
		Scope: "key", ID: key.ID, Window: "total", Limit: latchkey.USDFromNano(key.limit), Spent: latchkey.USDFromNano(key.spent),
		Reserved: latchkey.USDFromNano(held), Remaining: latchkey.USDFromNano(max(0, key.limit-key.spent-held)),
	}}
}

// noRoom refuses an amount, and tells when the key's limit has room for it.
func (f *Fake) noRoom(key *account, amount int64) *latchkey.Error {
	limits := f.limitsOf(key)
	bound := limits[0]
	refused := fault(http.StatusPaymentRequired, latchkey.CodeBudgetExceeded, "The total limit of the key has "+string(bound.Remaining)+" USD left.")
	bound.ResetsAt = f.roomFrom(key, amount)
	refused.KeyID, refused.Budget, refused.Bound, refused.NeverFits = key.ID, limits, &bound, bound.ResetsAt == nil
	if bound.ResetsAt != nil {
		// As the server tells it: in whole seconds, never too few.
		refused.RetryAfter = (bound.ResetsAt.Sub(f.now()) + time.Second - 1).Truncate(time.Second)
	}
	return refused
}

// roomFrom is when the holds that run out have left room for an amount; nil when all of them together do not.
func (f *Fake) roomFrom(key *account, amount int64) *time.Time {
	var free []latchkey.Reservation
	for _, each := range f.holds {
		if now := f.current(each); each.key == key && now.State == latchkey.StateOpen && now.OnExpiry != latchkey.OnExpirySettle {
			free = append(free, now)
		}
	}
	sort.Slice(free, func(i, j int) bool { return free[i].ExpiresAt.Before(free[j].ExpiresAt) })
	room := key.limit - key.spent - f.heldOf(key)
	for _, each := range free {
		if room += nano(each.Amount); room >= amount {
			return &each.ExpiresAt
		}
	}
	return nil
}

func noReservation() error {
	return fault(http.StatusNotFound, "reservation_not_found", "No such reservation.")
}

func resolved() error {
	return fault(http.StatusConflict, "reservation_resolved", "The reservation has ended already, in another way.")
}

func fault(status int, code latchkey.Code, detail string) *latchkey.Error {
	return &latchkey.Error{Status: status, Code: code, Title: detail, Detail: detail, RequestID: "request-of-the-fake"}
}

// nano is an amount that was checked before. It panics for another text, which only a test's own set-up can have.
func nano(amount latchkey.USD) int64 {
	count, err := amount.Nano()
	if err != nil {
		panic(err)
	}
	return count
}

func usd(nano int64) *latchkey.USD {
	amount := latchkey.USDFromNano(nano)
	return &amount
}
