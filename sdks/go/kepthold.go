package latchkey

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrHoldLost is the cause of the end of a [KeptHold.Context]: the hold could not be extended, has ended, or was kept for as
// long as it may be. What happened is in its chain.
var ErrHoldLost = errors.New("the hold is no longer kept")

// KeptHold is money that stays held for as long as the work takes: it extends itself, is settled once with what the work did
// cost, and is given back by Close when it was not.
//
//	hold, err := latchkey.KeepHold(ctx, client, latchkey.ReserveRequest{KeyID: id, Amount: "1"})
//	if err != nil {
//		return err
//	}
//	defer hold.Close()
//	cost, err := work(hold.Context())
//	if err != nil {
//		return err
//	}
//	_, err = hold.Settle(ctx, latchkey.SettleRequest{Amount: cost})
type KeptHold struct {
	holder Reserver
	ttl    time.Duration
	// By the clock of this machine: only how long the hold lasts is the server's.
	expires, end time.Time
	ctx          context.Context
	lose         context.CancelCauseFunc
	stop         context.CancelFunc
	// How long to wait instead; nil for as long.
	pace    func(time.Duration) time.Duration
	stopped chan struct{}

	mu    sync.Mutex
	last  Reservation
	ended *ending
}

// ending is a settle or a release, and what became of it.
type ending struct {
	done        chan struct{}
	reservation *Reservation
	err         error
}

// KeepOption says how a hold is kept.
type KeepOption func(*KeptHold)

// KeepFor bounds how long it is extended; without it that is an hour. What is forgotten must not hold money for ever.
func KeepFor(length time.Duration) KeepOption {
	return func(h *KeptHold) { h.end = time.Now().Add(length) }
}

const (
	keepLength = time.Hour
	// Two more tries fit in before it runs out.
	keepPart = 3
	keepSoon = time.Second
	// Ever smaller parts of what is left would never end.
	keepLeast = 5 * time.Millisecond
)

// KeepHold holds money of a key and keeps it held, in one goroutine that ends with the hold, or with the context. The errors
// are those of Reserve.
func KeepHold(ctx context.Context, holder Reserver, request ReserveRequest, options ...KeepOption) (*KeptHold, error) {
	begun := time.Now()
	reserved, err := holder.Reserve(ctx, request)
	if err != nil {
		return nil, err
	}
	if reserved.State != StateOpen && reserved.Replayed {
		return nil, fmt.Errorf("latchkey: %w: an earlier request of this id has ended it (%s)", ErrHoldLost, reserved.State)
	}
	ttl := max(time.Second, reserved.ExpiresAt.Sub(reserved.HeldAt).Round(time.Second))
	hold := &KeptHold{
		holder: holder, ttl: ttl, last: reserved.Reservation, stopped: make(chan struct{}),
		expires: begun.Add(reserved.ExpiresAt.Sub(reserved.HeldAt)), end: begun.Add(keepLength),
	}
	for _, option := range options {
		option(hold)
	}
	hold.ctx, hold.lose = context.WithCancelCause(ctx)
	var running context.Context
	running, hold.stop = context.WithCancel(ctx)
	first := time.Until(hold.expires) / keepPart
	if reserved.Replayed {
		// Held by an earlier request: nobody here knows how long ago.
		first = 0
	}
	go hold.run(running, first)
	return hold, nil
}

// ID names it.
func (h *KeptHold) ID() string { return h.Reservation().ID }

// Reservation is the hold as the server told it last.
func (h *KeptHold) Reservation() Reservation {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

// Context is for the work: it ends with the one that KeepHold was given, when the hold is settled or released, and with
// [ErrHoldLost] as its cause when the money is no longer held.
func (h *KeptHold) Context() context.Context { return h.ctx }

// Settle records what the work did cost. Called again it answers the same; after a release it fails.
func (h *KeptHold) Settle(ctx context.Context, request SettleRequest) (*Reservation, error) {
	return h.finish(ctx, func() (*Reservation, error) { return h.holder.Settle(ctx, h.ID(), request) }, true)
}

// Release gives everything back. Called again, or after a settle, it answers what became of it.
func (h *KeptHold) Release(ctx context.Context) (*Reservation, error) {
	return h.finish(ctx, func() (*Reservation, error) { return h.holder.Release(ctx, h.ID()) }, false)
}

// Close gives everything back unless it was settled, or a settle was tried: whether that got through only the server knows. It
// also does so when the context of KeepHold is over.
func (h *KeptHold) Close() error {
	h.mu.Lock()
	ended := h.ended != nil
	h.mu.Unlock()
	if ended {
		return nil
	}
	_, err := h.Release(context.WithoutCancel(h.ctx))
	return err
}

// finish stops extending before it ends the hold: what is extended after that would be nobody's.
func (h *KeptHold) finish(ctx context.Context, call func() (*Reservation, error), again bool) (*Reservation, error) {
	h.mu.Lock()
	before := h.ended
	if before == nil || again {
		h.ended = &ending{done: make(chan struct{})}
	}
	own := h.ended
	h.mu.Unlock()
	if before != nil && !again {
		select {
		case <-before.done:
			return before.reservation, before.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	h.stop()
	<-h.stopped
	own.reservation, own.err = call()
	if own.err == nil {
		h.mu.Lock()
		h.last = *own.reservation
		h.mu.Unlock()
	}
	close(own.done)
	h.lose(context.Canceled)
	return own.reservation, own.err
}

func (h *KeptHold) run(ctx context.Context, wait time.Duration) {
	defer close(h.stopped)
	for {
		if h.pace != nil {
			wait = h.pace(wait)
		}
		timer := time.NewTimer(max(0, min(wait, time.Until(h.end))))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		var again bool
		if wait, again = h.extend(ctx); !again {
			return
		}
	}
}

// extend lets it last longer, and answers when to do so again.
func (h *KeptHold) extend(ctx context.Context) (time.Duration, bool) {
	begun := time.Now()
	switch {
	case !begun.Before(h.end):
		return h.lost("it was kept for as long as it may be", nil)
	case !begun.Before(h.expires):
		return h.lost("it could not be extended in time", nil)
	}
	bounded, cancel := context.WithDeadline(ctx, h.expires)
	defer cancel()
	extended, err := h.holder.Extend(bounded, h.ID(), ExtendRequest{TTLSeconds: int64(h.ttl / time.Second)})
	var refused *Error
	switch {
	case ctx.Err() != nil:
		return 0, false
	case err == nil:
		h.mu.Lock()
		h.last = extended.Reservation
		h.mu.Unlock()
		h.expires = begun.Add(h.ttl)
		return h.ttl / keepPart, true
	case errors.As(err, &refused) && refused.Status < 500 && refused.Status != 429:
		return h.lost("the server refused to extend it", err)
	case !time.Now().Before(h.expires):
		return h.lost("it could not be extended in time", err)
	}
	return min(keepSoon, max(keepLeast, time.Until(h.expires)/keepPart)), true
}

func (h *KeptHold) lost(why string, cause error) (time.Duration, bool) {
	if cause == nil {
		h.lose(fmt.Errorf("latchkey: %w: %s", ErrHoldLost, why))
	} else {
		h.lose(fmt.Errorf("latchkey: %w: %s: %w", ErrHoldLost, why, cause))
	}
	return 0, false
}
