package operations

import (
	"slices"
	"time"

	"latchkey.example/go/openrouter/optionalnullable"
)

// CreateKeysLimitReset is when a limit starts anew, always at midnight UTC. Other texts are sent as they are.
type CreateKeysLimitReset string

// The intervals there are. A week begins on Monday.
const (
	CreateKeysLimitResetDaily   CreateKeysLimitReset = "daily"
	CreateKeysLimitResetWeekly  CreateKeysLimitReset = "weekly"
	CreateKeysLimitResetMonthly CreateKeysLimitReset = "monthly"
)

// ToPointer is a pointer to a copy.
func (r CreateKeysLimitReset) ToPointer() *CreateKeysLimitReset { return &r }

// IsExact tells whether it is one of those listed here.
func (r *CreateKeysLimitReset) IsExact() bool {
	return r != nil && slices.Contains([]CreateKeysLimitReset{CreateKeysLimitResetDaily, CreateKeysLimitResetWeekly, CreateKeysLimitResetMonthly}, *r)
}

// CreateKeysRequest is a new key. Only Name is needed.
type CreateKeysRequest struct {
	// CreatorUserID is the user to attribute the key to.
	CreatorUserID optionalnullable.OptionalNullable[string] `json:"creator_user_id,omitempty"`
	// ExpiresAt is when it expires. It is sent in UTC.
	ExpiresAt optionalnullable.OptionalNullable[time.Time] `json:"expires_at,omitempty"`
	// IncludeBYOKInLimit is whether what is paid elsewhere counts against the limit.
	IncludeBYOKInLimit *bool `json:"include_byok_in_limit,omitempty"`
	// Limit is the limit in USD.
	Limit optionalnullable.OptionalNullable[float64] `json:"limit,omitempty"`
	// LimitReset is when the limit starts anew; null for never.
	LimitReset optionalnullable.OptionalNullable[CreateKeysLimitReset] `json:"limit_reset,omitempty"`
	// Name is the key's name, at least one character.
	Name string `json:"name"`
	// WorkspaceID is the workspace of the key; nil for the default one.
	WorkspaceID *string `json:"workspace_id,omitempty"`
}

// GetCreatorUserID is CreatorUserID, and unset for nil.
func (r *CreateKeysRequest) GetCreatorUserID() optionalnullable.OptionalNullable[string] {
	return orZero(r).CreatorUserID
}

// GetExpiresAt is ExpiresAt, and unset for nil.
func (r *CreateKeysRequest) GetExpiresAt() optionalnullable.OptionalNullable[time.Time] {
	return orZero(r).ExpiresAt
}

// GetIncludeBYOKInLimit is IncludeBYOKInLimit, and nil for nil.
func (r *CreateKeysRequest) GetIncludeBYOKInLimit() *bool { return orZero(r).IncludeBYOKInLimit }

// GetLimit is Limit, and unset for nil.
func (r *CreateKeysRequest) GetLimit() optionalnullable.OptionalNullable[float64] {
	return orZero(r).Limit
}

// GetLimitReset is LimitReset, and unset for nil.
func (r *CreateKeysRequest) GetLimitReset() optionalnullable.OptionalNullable[CreateKeysLimitReset] {
	return orZero(r).LimitReset
}

// GetName is Name, and empty for nil.
func (r *CreateKeysRequest) GetName() string { return orZero(r).Name }

// GetWorkspaceID is WorkspaceID, and nil for nil.
func (r *CreateKeysRequest) GetWorkspaceID() *string { return orZero(r).WorkspaceID }

// CreateKeysResponse is the answer of Create.
type CreateKeysResponse struct {
	// Data is the key.
	Data CreateKeysData `json:"data"`
	// Key is the text of the key: a secret, and shown only this once.
	Key string `json:"key"`
}

// GetData is Data, and zero for nil.
func (r *CreateKeysResponse) GetData() CreateKeysData { return orZero(r).Data }

// GetKey is Key, and empty for nil.
func (r *CreateKeysResponse) GetKey() string { return orZero(r).Key }
