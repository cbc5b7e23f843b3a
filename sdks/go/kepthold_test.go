package latchkey_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"latchkey.example/go"
)

// holder holds for as long as it is told, and tells of every call.
type holder struct {
	lasts    time.Duration
	replayed bool
	state    latchkey.ReservationState
	extend   func(number int) error

	mu    sync.Mutex
	calls []string
	asked chan string
}

func newHolder(lasts time.Duration) *holder {
	return &holder{lasts: lasts, state: latchkey.StateOpen, asked: make(chan string, 1000)}
}

func (h *holder) tell(call string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, call)
	h.asked <- call
	number := 0
	for _, each := range h.calls {
		if each == call {
			number++
		}
	}
	return number
}

func (h *holder) count(call string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	number := 0
	for _, each := range h.calls {
		if each == call {
			number++
		}
	}
	return number
}

func (h *holder) reservation(state latchkey.ReservationState) latchkey.Reservation {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return latchkey.Reservation{ID: "r", KeyID: "k", Amount: "1", State: state, HeldAt: at, ExpiresAt: at.Add(h.lasts)}
}

func (h *holder) Reserve(context.Context, latchkey.ReserveRequest) (*latchkey.Reserved, error) {
	h.tell("reserve")
	return &latchkey.Reserved{Reservation: h.reservation(h.state), Replayed: h.replayed}, nil
}

func (h *holder) Extend(_ context.Context, _ string, request latchkey.ExtendRequest) (*latchkey.Reserved, error) {
	number := h.tell("extend")
	if request.TTLSeconds != max(1, int64(h.lasts/time.Second)) {
		return nil, errors.New("another time than before")
	}
	if h.extend != nil {
		if err := h.extend(number); err != nil {
			return nil, err
		}
	}
	return &latchkey.Reserved{Reservation: h.reservation(latchkey.StateOpen)}, nil
}

func (h *holder) Settle(context.Context, string, latchkey.SettleRequest) (*latchkey.Reservation, error) {
	h.tell("settle")
	settled := h.reservation(latchkey.StateSettled)
	return &settled, nil
}

func (h *holder) Release(ctx context.Context, _ string) (*latchkey.Reservation, error) {
	h.tell("release")
	released := h.reservation(latchkey.StateReleased)
	return &released, ctx.Err()
}

func (h *holder) await(t *testing.T, call string) {
	t.Helper()
	for {
		select {
		case asked := <-h.asked:
			if asked == call {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s was never called", call)
		}
	}
}

func keep(t *testing.T, ctx context.Context, holder *holder, options ...latchkey.KeepOption) *latchkey.KeptHold {
	t.Helper()
	hold, err := latchkey.KeepHold(ctx, holder, latchkey.ReserveRequest{KeyID: "k", Amount: "1"}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return hold
}

func TestAHoldIsExtendedUntilItIsSettledAndNoMore(t *testing.T) {
	holder := newHolder(time.Hour)
	hold := keep(t, context.Background(), holder, latchkey.KeepSoon())
	holder.await(t, "extend")
	holder.await(t, "extend")
	if hold.Context().Err() != nil || hold.ID() != "r" || hold.Reservation().State != latchkey.StateOpen {
		t.Errorf("%+v, %v", hold.Reservation(), hold.Context().Err())
	}
	settled, err := hold.Settle(context.Background(), latchkey.SettleRequest{Amount: "0.5"})
	if err != nil || settled.State != latchkey.StateSettled || hold.Reservation().State != latchkey.StateSettled {
		t.Errorf("%+v, %v", settled, err)
	}
	<-hold.Context().Done()
	extended := holder.count("extend")
	if released, err := hold.Release(context.Background()); err != nil || released.State != latchkey.StateSettled {
		t.Errorf("a release after it: %+v, %v", released, err)
	}
	if err := hold.Close(); err != nil || holder.count("release") != 0 || holder.count("extend") != extended {
		t.Errorf("%v, %v", err, holder.calls)
	}
}

func TestAHoldThatWasNotSettledIsGivenBackAlsoAfterItsContext(t *testing.T) {
	holder := newHolder(time.Hour)
	ctx, cancel := context.WithCancel(context.Background())
	hold := keep(t, ctx, holder)
	cancel()
	<-hold.Context().Done()
	if errors.Is(context.Cause(hold.Context()), latchkey.ErrHoldLost) {
		t.Error("a context that was cancelled lost the hold")
	}
	for range 2 {
		if err := hold.Close(); err != nil {
			t.Error(err)
		}
	}
	if holder.count("release") != 1 || holder.count("extend") != 0 {
		t.Error(holder.calls)
	}
}

func TestTheWorkEndsWhenTheMoneyIsNoLongerHeld(t *testing.T) {
	refusal := &latchkey.Error{Status: 409, Code: latchkey.FaultReservationResolved}
	cases := map[string]struct {
		lasts   time.Duration
		extend  func(int) error
		options []latchkey.KeepOption
		cause   error
	}{
		"it has ended":           {time.Hour, func(int) error { return refusal }, []latchkey.KeepOption{latchkey.KeepSoon()}, latchkey.FaultReservationResolved},
		"nobody answers in time": {100 * time.Millisecond, func(int) error { return io.ErrUnexpectedEOF }, nil, nil},
		"it was kept for long":   {time.Hour, nil, []latchkey.KeepOption{latchkey.KeepFor(0)}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holder := newHolder(c.lasts)
			holder.extend = c.extend
			hold := keep(t, context.Background(), holder, c.options...)
			<-hold.Context().Done()
			cause := context.Cause(hold.Context())
			if !errors.Is(cause, latchkey.ErrHoldLost) || (c.cause != nil && !errors.Is(cause, c.cause)) {
				t.Errorf("%v", cause)
			}
			if err := hold.Close(); err != nil || holder.count("release") != 1 {
				t.Errorf("%v, %v", err, holder.calls)
			}
		})
	}
}

func TestAFailureThatPassesLosesNothing(t *testing.T) {
	holder := newHolder(time.Hour)
	holder.extend = func(number int) error {
		if number == 1 {
			return &latchkey.Error{Status: 503}
		}
		return nil
	}
	hold := keep(t, context.Background(), holder, latchkey.KeepSoon())
	for range 3 {
		holder.await(t, "extend")
	}
	if cause := context.Cause(hold.Context()); cause != nil {
		t.Error(cause)
	}
	if err := hold.Close(); err != nil {
		t.Error(err)
	}
}

func TestAHoldOfAnEarlierRequestIsExtendedAtOnceOrNotKept(t *testing.T) {
	holder := newHolder(time.Hour)
	holder.replayed = true
	hold := keep(t, context.Background(), holder)
	holder.await(t, "extend")
	if err := hold.Close(); err != nil {
		t.Error(err)
	}
	holder.state = latchkey.StateSettled
	_, err := latchkey.KeepHold(context.Background(), holder, latchkey.ReserveRequest{KeyID: "k", Amount: "1"})
	if !errors.Is(err, latchkey.ErrHoldLost) {
		t.Error(err)
	}
}
