package operations

import (
	"time"

	"latchkey.example/go/openrouter/optionalnullable"
)

// KeyData is a key as the operations show it. Of keeps the answers of different operations apart; it has no values.
type KeyData[Of any] struct {
	// BYOKUsage is what was paid elsewhere, of all time, in USD.
	BYOKUsage float64 `json:"byok_usage"`
	// BYOKUsageDaily is the same of this UTC day.
	BYOKUsageDaily float64 `json:"byok_usage_daily"`
	// BYOKUsageMonthly is the same of this UTC month.
	BYOKUsageMonthly float64 `json:"byok_usage_monthly"`
	// BYOKUsageWeekly is the same of this UTC week, from Monday.
	BYOKUsageWeekly float64 `json:"byok_usage_weekly"`
	// CreatedAt is when the key was made, as RFC 3339.
	CreatedAt string `json:"created_at"`
	// CreatorUserID is the user that the key is attributed to.
	CreatorUserID *string `json:"creator_user_id"`
	// Disabled is the key's switch.
	Disabled bool `json:"disabled"`
	// ExpiresAt is when the key expires; null for never.
	ExpiresAt optionalnullable.OptionalNullable[time.Time] `json:"expires_at,omitempty"`
	// ExternalUser is your own id of whom the key serves.
	ExternalUser *string `json:"external_user"`
	// Hash is what names the key in the other operations.
	Hash string `json:"hash"`
	// IncludeBYOKInLimit is whether what was paid elsewhere counts against the limit.
	IncludeBYOKInLimit bool `json:"include_byok_in_limit"`
	// Label is a mask of the key's text.
	Label string `json:"label"`
	// LastUsedAt is when the key was last used; null for never, unset where the server is too old to tell.
	LastUsedAt optionalnullable.OptionalNullable[time.Time] `json:"last_used_at,omitempty"`
	// Limit is the limit in USD; nil for none.
	Limit *float64 `json:"limit"`
	// LimitRemaining is what is left of it; nil when there is none.
	LimitRemaining *float64 `json:"limit_remaining"`
	// LimitReset is when it starts anew: daily, weekly or monthly; nil for never.
	LimitReset *string `json:"limit_reset"`
	// Name is the key's name.
	Name string `json:"name"`
	// UpdatedAt is when it was last changed, as RFC 3339; nil when it never was.
	UpdatedAt *string `json:"updated_at"`
	// Usage is what the key has spent, of all time, in USD.
	Usage float64 `json:"usage"`
	// UsageDaily is the same of this UTC day.
	UsageDaily float64 `json:"usage_daily"`
	// UsageMonthly is the same of this UTC month.
	UsageMonthly float64 `json:"usage_monthly"`
	// UsageWeekly is the same of this UTC week, from Monday.
	UsageWeekly float64 `json:"usage_weekly"`
	// WorkspaceID is the workspace of the key.
	WorkspaceID string `json:"workspace_id"`
}

// The key in the answer of each operation is a type of its own.
type (
	// CreateKeysData is a key that was just created.
	CreateKeysData = KeyData[createKeys]
	// GetKeyData is a key that was asked for.
	GetKeyData = KeyData[getKey]
	// ListData is a key in a list.
	ListData = KeyData[list]
	// UpdateKeysData is a key that was just changed.
	UpdateKeysData = KeyData[updateKeys]
)

type (
	createKeys struct{}
	getKey     struct{}
	list       struct{}
	updateKeys struct{}
)

// GetBYOKUsage is BYOKUsage, and 0 for nil.
func (d *KeyData[Of]) GetBYOKUsage() float64 { return orZero(d).BYOKUsage }

// GetBYOKUsageDaily is BYOKUsageDaily, and 0 for nil.
func (d *KeyData[Of]) GetBYOKUsageDaily() float64 { return orZero(d).BYOKUsageDaily }

// GetBYOKUsageMonthly is BYOKUsageMonthly, and 0 for nil.
func (d *KeyData[Of]) GetBYOKUsageMonthly() float64 { return orZero(d).BYOKUsageMonthly }

// GetBYOKUsageWeekly is BYOKUsageWeekly, and 0 for nil.
func (d *KeyData[Of]) GetBYOKUsageWeekly() float64 { return orZero(d).BYOKUsageWeekly }

// GetCreatedAt is CreatedAt, and empty for nil.
func (d *KeyData[Of]) GetCreatedAt() string { return orZero(d).CreatedAt }

// GetCreatorUserID is CreatorUserID, and nil for nil.
func (d *KeyData[Of]) GetCreatorUserID() *string { return orZero(d).CreatorUserID }

// GetDisabled is Disabled, and false for nil.
func (d *KeyData[Of]) GetDisabled() bool { return orZero(d).Disabled }

// GetExpiresAt is ExpiresAt, and unset for nil.
func (d *KeyData[Of]) GetExpiresAt() optionalnullable.OptionalNullable[time.Time] {
	return orZero(d).ExpiresAt
}

// GetExternalUser is ExternalUser, and nil for nil.
func (d *KeyData[Of]) GetExternalUser() *string { return orZero(d).ExternalUser }

// GetHash is Hash, and empty for nil.
func (d *KeyData[Of]) GetHash() string { return orZero(d).Hash }

// GetIncludeBYOKInLimit is IncludeBYOKInLimit, and false for nil.
func (d *KeyData[Of]) GetIncludeBYOKInLimit() bool { return orZero(d).IncludeBYOKInLimit }

// GetLabel is Label, and empty for nil.
func (d *KeyData[Of]) GetLabel() string { return orZero(d).Label }

// GetLastUsedAt is LastUsedAt, and unset for nil.
func (d *KeyData[Of]) GetLastUsedAt() optionalnullable.OptionalNullable[time.Time] {
	return orZero(d).LastUsedAt
}

// GetLimit is Limit, and nil for nil.
func (d *KeyData[Of]) GetLimit() *float64 { return orZero(d).Limit }

// GetLimitRemaining is LimitRemaining, and nil for nil.
func (d *KeyData[Of]) GetLimitRemaining() *float64 { return orZero(d).LimitRemaining }

// GetLimitReset is LimitReset, and nil for nil.
func (d *KeyData[Of]) GetLimitReset() *string { return orZero(d).LimitReset }

// GetName is Name, and empty for nil.
func (d *KeyData[Of]) GetName() string { return orZero(d).Name }

// GetUpdatedAt is UpdatedAt, and nil for nil.
func (d *KeyData[Of]) GetUpdatedAt() *string { return orZero(d).UpdatedAt }

// GetUsage is Usage, and 0 for nil.
func (d *KeyData[Of]) GetUsage() float64 { return orZero(d).Usage }

// GetUsageDaily is UsageDaily, and 0 for nil.
func (d *KeyData[Of]) GetUsageDaily() float64 { return orZero(d).UsageDaily }

// GetUsageMonthly is UsageMonthly, and 0 for nil.
func (d *KeyData[Of]) GetUsageMonthly() float64 { return orZero(d).UsageMonthly }

// GetUsageWeekly is UsageWeekly, and 0 for nil.
func (d *KeyData[Of]) GetUsageWeekly() float64 { return orZero(d).UsageWeekly }

// GetWorkspaceID is WorkspaceID, and empty for nil.
func (d *KeyData[Of]) GetWorkspaceID() string { return orZero(d).WorkspaceID }

func orZero[T any](pointer *T) *T {
	if pointer == nil {
		return new(T)
	}
	return pointer
}
