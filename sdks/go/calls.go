package latchkey

import "context"

// Verifier decides whether a key may be used. A [Client] is one, and so is the fake of the package latchkeytest. Take it
// where a program only verifies, so that its tests need no server.
type Verifier interface {
	// Verify decides whether a key may be used now; see [Client.Verify].
	Verify(ctx context.Context, request VerifyRequest) (*Verdict, error)
}

// Reserver holds money, extends the hold and ends it. A [Client] is one, and so is the fake of the package latchkeytest.
type Reserver interface {
	// Reserve holds money of a key; see [Client.Reserve].
	Reserve(ctx context.Context, request ReserveRequest) (*Reserved, error)
	// Extend lets a reservation last longer, or hold more; see [Client.Extend].
	Extend(ctx context.Context, id string, request ExtendRequest) (*Reserved, error)
	// Settle ends a reservation with its cost; see [Client.Settle].
	Settle(ctx context.Context, id string, request SettleRequest) (*Reservation, error)
	// Release gives a reservation back; see [Client.Release].
	Release(ctx context.Context, id string) (*Reservation, error)
}

var _ interface {
	Verifier
	Reserver
} = (*Client)(nil)
