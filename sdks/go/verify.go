package latchkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// VerifyRequest asks whether a key may be used now. Only Key is needed.
type VerifyRequest struct {
	// Key is the text that the client sent.
	Key string
	// Permissions is what is demanded, such as "documents.read and not admin". Empty demands nothing.
	Permissions string
	// AllPermissions is a list of which all are demanded, instead of Permissions.
	AllPermissions []string
	// IP is the client's address; a key that is bound to addresses is refused without it.
	IP string
	// RateLimits takes other numbers of units from rate limits of the key than one each.
	RateLimits []RateCost
	// Charge spends this at once, if everything else allows it and every limit has room: Amount("0.002"). Nil spends
	// nothing, while an empty amount is refused, so that a forgotten one does not pass for nothing.
	Charge *USD
	// Reserve holds this instead, until it is settled or released.
	Reserve *USD
	// ReserveTTLSeconds is how long it is held; 0 leaves it to the server, which takes 600.
	ReserveTTLSeconds int64
	// ReserveOnExpiry is what happens when nobody ends the hold in time; empty leaves it to the server, which gives it back.
	ReserveOnExpiry OnExpiry
	// RequestID makes a charge or reserve safe to repeat. When it is empty the client makes one for the call; give one
	// of your own to repeat the call yourself.
	RequestID string
	// Tags are what a charge is noted with, each "name=value" or a name alone. They do not change the answer.
	Tags []string
	// Peek is a look that costs nothing: the same answer, but no unit is taken from a rate limit, and it is no use of the key.
	// Not with Charge or Reserve.
	Peek bool
	// AtLeast is a revision: the answer is not from older facts. 0 demands none.
	AtLeast int64
}

// RateCost is how many units of a rate limit a request takes.
type RateCost struct {
	// Name is the rate limit's name.
	Name string `json:"name"`
	// Cost is the number of units; nil takes one.
	Cost *int64 `json:"cost,omitempty"`
}

// Verdict is the decision on a key. Only Valid lets the client in.
type Verdict struct {
	// Valid tells whether the key may be used.
	Valid bool
	// Code is CodeValid or the reason of the refusal.
	Code Code
	// KeyID is the key's id; empty with CodeNotFound, which carries nothing. The members below are set when Valid.
	KeyID string
	// OwnerID is the user the key belongs to.
	OwnerID string
	// WorkspaceID is the workspace of the key.
	WorkspaceID string
	// ExternalUserID is your own id of whom the key serves, if there is one.
	ExternalUserID *string
	// Name is the key's name.
	Name string
	// Labels are the key's labels.
	Labels map[string]string
	// Permissions are what the key holds.
	Permissions []string
	// ExpiresAt is the first moment at which the key is no longer valid; nil for never.
	ExpiresAt *time.Time
	// RateLimits has where every request rate of the key stands.
	RateLimits []RateLimitView
	// Reservation is the hold, where one was asked for.
	Reservation *Hold
	// Charged is what was spent, where a charge was asked for.
	Charged *USD
	// Crossed are the thresholds, in percent, that the charge took a limit across.
	Crossed []int
	// Replayed tells that an earlier request with this RequestID had taken the money, and this one took nothing.
	Replayed bool
	// Revision is that of the key's last change.
	Revision int64
	// Budget has every limit that counts; set when Valid and with CodeBudgetExceeded.
	Budget []LimitView
	// Bound is the limit that has no room, with CodeBudgetExceeded; of several, the one that opens last.
	Bound *LimitView
	// RateBound is the request rate that is used up, with CodeRateLimited.
	RateBound *RateBound
	// NeverFits tells of a refusal with CodeRateLimited or CodeBudgetExceeded that the same call never passes however long it
	// waits: it asks for more than a limit, no window ends, or the key expires before.
	NeverFits bool
	// Response is how the verdict came.
	Response Response
}

// Hold is a reservation that a verify made.
type Hold struct {
	// ID settles or releases it.
	ID string `json:"id"`
	// Amount is what is held.
	Amount USD `json:"amount"`
	// State is StateOpen, unless the verify was repeated too late.
	State ReservationState `json:"state"`
	// ExpiresAt is the first moment at which it holds nothing any more.
	ExpiresAt time.Time `json:"expiresAt"`
}

// Verify decides whether a key may be used now, and takes the money that the request names if it may. The decision is
// the Verdict; with an error there is none, and nobody should be let in.
func (c *Client) Verify(ctx context.Context, request VerifyRequest) (*Verdict, error) {
	if request.RequestID == "" && (request.Charge != nil || request.Reserve != nil) {
		request.RequestID = randomID()
	}
	var verdict Verdict
	check := func() error { return verdict.answers(request) }
	response, err := c.post(ctx, "/v2/verify", nil, request, &verdict, check)
	if err != nil {
		return nil, err
	}
	verdict.Response = response
	return &verdict, nil
}

// answers tells whether a verdict says what became of the money that the request names.
func (v *Verdict) answers(request VerifyRequest) error {
	switch {
	case v.Valid && request.Charge != nil && (v.Charged == nil || !v.Charged.isAmount()):
		return errors.New("a valid key without what was charged")
	case v.Valid && request.Reserve != nil && (v.Reservation == nil || v.Reservation.ID == ""):
		return errors.New("a valid key without the reservation")
	}
	return nil
}

// MarshalJSON writes the request as the wire has it.
func (r VerifyRequest) MarshalJSON() ([]byte, error) {
	wire := struct {
		Key               string     `json:"key"`
		Permissions       any        `json:"permissions,omitempty"`
		IP                string     `json:"ip,omitempty"`
		RateLimits        []RateCost `json:"rateLimits,omitempty"`
		Charge            *USD       `json:"charge,omitempty"`
		Reserve           *USD       `json:"reserve,omitempty"`
		ReserveTTLSeconds int64      `json:"reserveTtlSeconds,omitempty"`
		ReserveOnExpiry   OnExpiry   `json:"reserveOnExpiry,omitempty"`
		RequestID         string     `json:"requestId,omitempty"`
		Tags              []string   `json:"tags,omitempty"`
		Peek              bool       `json:"peek,omitempty"`
		AtLeast           int64      `json:"atLeast,omitempty"`
	}{r.Key, nil, r.IP, r.RateLimits, r.Charge, r.Reserve, r.ReserveTTLSeconds, r.ReserveOnExpiry, r.RequestID, r.Tags, r.Peek, r.AtLeast}
	switch {
	case r.Permissions != "" && len(r.AllPermissions) > 0:
		return nil, errors.New("give Permissions or AllPermissions, not both")
	case r.Permissions != "":
		wire.Permissions = r.Permissions
	case len(r.AllPermissions) > 0:
		wire.Permissions = r.AllPermissions
	}
	return json.Marshal(wire)
}

// validWire and refusedWire are the two forms that a verdict has on the wire.
type validWire struct {
	Valid          bool              `json:"valid"`
	Code           Code              `json:"code"`
	KeyID          string            `json:"keyId"`
	OwnerID        string            `json:"ownerId"`
	WorkspaceID    string            `json:"workspaceId"`
	ExternalUserID *string           `json:"externalUserId"`
	Name           string            `json:"name"`
	Labels         map[string]string `json:"labels"`
	Permissions    []string          `json:"permissions"`
	ExpiresAt      *time.Time        `json:"expiresAt"`
	Budget         []LimitView       `json:"budget"`
	RateLimits     []RateLimitView   `json:"rateLimits"`
	Reservation    *Hold             `json:"reservation,omitempty"`
	Charged        *USD              `json:"charged,omitempty"`
	Crossed        []int             `json:"crossed,omitempty"`
	Replayed       bool              `json:"replayed,omitempty"`
	Revision       int64             `json:"revision"`
}

type refusedWire struct {
	Valid     bool            `json:"valid"`
	Code      Code            `json:"code"`
	KeyID     string          `json:"keyId,omitempty"`
	Bound     json.RawMessage `json:"bound,omitempty"`
	Budget    []LimitView     `json:"budget,omitempty"`
	NeverFits bool            `json:"neverFits,omitempty"`
}

// UnmarshalJSON reads a verdict. It fails for an answer that is no decision, because nobody is let in by one that merely
// looks like one.
func (v *Verdict) UnmarshalJSON(data []byte) error {
	// By their exact names: encoding/json also takes VALID for valid.
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	var (
		valid *bool
		code  Code
	)
	if json.Unmarshal(members["valid"], &valid) != nil || json.Unmarshal(members["code"], &code) != nil ||
		valid == nil || code == "" || *valid != (code == CodeValid) {
		return errors.New("no decision: valid and code are missing or contradict each other")
	}
	if *valid {
		return v.readValid(data)
	}
	return v.readRefused(data)
}

func (v *Verdict) readValid(data []byte) error {
	var w validWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.KeyID == "" {
		return errors.New("a valid key without keyId")
	}
	if err := checkLimits(w.Budget); err != nil {
		return err
	}
	*v = Verdict{
		Valid: true, Code: w.Code, KeyID: w.KeyID, OwnerID: w.OwnerID, WorkspaceID: w.WorkspaceID,
		ExternalUserID: w.ExternalUserID, Name: w.Name, Labels: w.Labels, Permissions: w.Permissions,
		ExpiresAt: w.ExpiresAt, RateLimits: w.RateLimits, Reservation: w.Reservation, Charged: w.Charged, Crossed: w.Crossed,
		Replayed: w.Replayed, Revision: w.Revision, Budget: w.Budget,
	}
	return nil
}

func (v *Verdict) readRefused(data []byte) error {
	var w refusedWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*v = Verdict{Code: w.Code, KeyID: w.KeyID, Budget: w.Budget, NeverFits: w.NeverFits}
	if len(w.Bound) == 0 {
		return nil
	}
	switch w.Code {
	case CodeRateLimited:
		return json.Unmarshal(w.Bound, &v.RateBound)
	case CodeBudgetExceeded:
		return json.Unmarshal(w.Bound, &v.Bound)
	}
	return nil
}

// MarshalJSON writes the verdict as the wire has it.
func (v Verdict) MarshalJSON() ([]byte, error) {
	if v.Valid {
		return json.Marshal(validWire{
			v.Valid, v.Code, v.KeyID, v.OwnerID, v.WorkspaceID, v.ExternalUserID, v.Name, v.Labels, v.Permissions,
			v.ExpiresAt, v.Budget, v.RateLimits, v.Reservation, v.Charged, v.Crossed, v.Replayed, v.Revision,
		})
	}
	w := refusedWire{Code: v.Code, KeyID: v.KeyID, Budget: v.Budget, NeverFits: v.NeverFits}
	var err error
	switch {
	case v.RateBound != nil:
		w.Bound, err = json.Marshal(v.RateBound)
	case v.Bound != nil:
		w.Bound, err = json.Marshal(v.Bound)
	}
	if err != nil {
		return nil, fmt.Errorf("latchkey: %w", err)
	}
	return json.Marshal(w)
}
