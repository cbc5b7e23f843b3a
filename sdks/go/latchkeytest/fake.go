package latchkeytest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey.example/go"
)

// Key is a key that a [Fake] knows. Only Secret is needed.
type Key struct {
	// Secret is the text that clients send.
	Secret string
	// ID is the key's id; "key-1" and so on unless given.
	ID string
	// OwnerID is the user the key belongs to; "user-1" unless given.
	OwnerID string
	// Name is the key's name.
	Name string
	// Labels are the key's labels.
	Labels map[string]string
	// Permissions are what the key holds, name by name.
	Permissions []string
	// Refused is the code that every verify is refused with, such as latchkey.CodeExpired; empty for none.
	Refused latchkey.Code
	// Limit is all the money that the key may spend; empty for no limit.
	Limit latchkey.USD
}

const workspaceID = "workspace-1"

// Call is one call that a [Fake] got.
type Call struct {
	// Name is "Verify", "Reserve", "Extend", "Settle" or "Release".
	Name string
	// ID is the reservation of an extend, a settle or a release.
	ID string
	// Request is the latchkey.VerifyRequest, ReserveRequest, ExtendRequest or SettleRequest; nil for a release.
	Request any
}

// Fake is a latchkey.Verifier and a latchkey.Reserver that keeps its keys and their money in memory. It is safe for use by
// many goroutines at once. The zero value knows no key.
type Fake struct {
	// Now is the time of the fake; time.Now unless given. Set it before the first call.
	Now func() time.Time

	mu    sync.Mutex
	keys  []*account
	holds map[string]*hold
	taken map[string]*taking
	calls []Call
	fault error
}

var _ interface {
	latchkey.Verifier
	latchkey.Reserver
} = (*Fake)(nil)

// account is a key with what was spent.
type account struct {
	Key
	spent int64
	limit int64
}

// NewFake makes a fake that knows these keys.
func NewFake(keys ...Key) *Fake {
	fake := new(Fake)
	for _, key := range keys {
		fake.Add(key)
	}
	return fake
}

// Add makes a key known, in place of one with the same secret. It panics when the limit is no amount.
func (f *Fake) Add(key Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	added := &account{Key: key}
	if key.Limit != "" {
		added.limit = nano(key.Limit)
	}
	if added.ID == "" {
		added.ID = fmt.Sprintf("key-%d", len(f.keys)+1)
	}
	if added.OwnerID == "" {
		added.OwnerID = "user-1"
	}
	f.keys = slices.DeleteFunc(f.keys, func(other *account) bool { return other.Secret == key.Secret })
	f.keys = append(f.keys, added)
}

// Fail lets every call fail with this error from now on, as if the server could not be reached or answered so; nil ends
// that. A *latchkey.Error may have any status and code.
func (f *Fake) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = err
}

// Calls are the calls so far, in order, with those that failed.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Spent is what the key has spent, without what is held. It is "0" for a secret that is not known.
func (f *Fake) Spent(secret string) latchkey.USD {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.chargeRunOut()
	if key := f.bySecret(secret); key != nil {
		return latchkey.USDFromNano(key.spent)
	}
	return "0"
}

// Verify decides as the server would, by what the key says.
func (f *Fake) Verify(ctx context.Context, request latchkey.VerifyRequest) (*latchkey.Verdict, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.begin(ctx, Call{Name: "Verify", Request: request}); err != nil {
		return nil, err
	}
	demanded, err := demandOf(request)
	if err != nil {
		return nil, err
	}
	key := f.bySecret(request.Key)
	switch {
	case key == nil || key.Refused == latchkey.CodeNotFound:
		return &latchkey.Verdict{Code: latchkey.CodeNotFound}, nil
	case key.Refused != "":
		return &latchkey.Verdict{Code: key.Refused, KeyID: key.ID}, nil
	case slices.ContainsFunc(demanded, func(name string) bool { return !slices.Contains(key.Permissions, name) }):
		return &latchkey.Verdict{Code: latchkey.CodeInsufficientPermissions, KeyID: key.ID}, nil
	}
	verdict := &latchkey.Verdict{
		Valid: true, Code: latchkey.CodeValid, KeyID: key.ID, OwnerID: key.OwnerID, WorkspaceID: workspaceID, Name: key.Name,
		Labels: key.Labels, Permissions: key.Permissions, Revision: 1,
	}
	return f.take(key, request, verdict)
}

// demandOf reads what a fake can read of permissions. An expression would need the server's rules.
func demandOf(request latchkey.VerifyRequest) ([]string, error) {
	switch {
	case request.Permissions != "" && len(request.AllPermissions) > 0:
		return nil, fmt.Errorf("latchkeytest: give Permissions or AllPermissions, not both")
	case strings.ContainsAny(request.Permissions, " ()"):
		return nil, fmt.Errorf("latchkeytest: the fake reads no permission expressions such as %q", request.Permissions)
	case request.Permissions != "":
		return []string{request.Permissions}, nil
	}
	return request.AllPermissions, nil
}

// begin notes a call and tells why it fails at once.
func (f *Fake) begin(ctx context.Context, call Call) error {
	f.calls = append(f.calls, call)
	f.chargeRunOut()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("latchkeytest: %w", err)
	}
	return f.fault
}

func (f *Fake) bySecret(secret string) *account {
	return f.find(func(key *account) bool { return key.Secret == secret })
}

func (f *Fake) byID(id string) *account {
	return f.find(func(key *account) bool { return key.ID == id })
}

func (f *Fake) find(is func(*account) bool) *account {
	if index := slices.IndexFunc(f.keys, is); index >= 0 {
		return f.keys[index]
	}
	return nil
}

func (f *Fake) now() time.Time {
	if f.Now != nil {
		return f.Now()
	}
	return time.Now()
}
