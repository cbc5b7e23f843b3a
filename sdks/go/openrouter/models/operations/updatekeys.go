package operations

import (
	"slices"

	"latchkey.example/go/openrouter/optionalnullable"
)

// UpdateKeysLimitReset is when a limit starts anew, always at midnight UTC. Other texts are sent as they are.
type UpdateKeysLimitReset string

// The intervals there are. A week begins on Monday.
const (
	UpdateKeysLimitResetDaily   UpdateKeysLimitReset = "daily"
	UpdateKeysLimitResetWeekly  UpdateKeysLimitReset = "weekly"
	UpdateKeysLimitResetMonthly UpdateKeysLimitReset = "monthly"
)

// ToPointer is a pointer to a copy.
func (r UpdateKeysLimitReset) ToPointer() *UpdateKeysLimitReset { return &r }

// IsExact tells whether it is one of those listed here.
func (r *UpdateKeysLimitReset) IsExact() bool {
	return r != nil && slices.Contains([]UpdateKeysLimitReset{UpdateKeysLimitResetDaily, UpdateKeysLimitResetWeekly, UpdateKeysLimitResetMonthly}, *r)
}

// UpdateKeysRequestBody is what to change of a key. What is not set stays as it is.
type UpdateKeysRequestBody struct {
	// Disabled is the key's switch.
	Disabled *bool `json:"disabled,omitempty"`
	// IncludeBYOKInLimit is whether what is paid elsewhere counts against the limit.
	IncludeBYOKInLimit *bool `json:"include_byok_in_limit,omitempty"`
	// Limit is the limit in USD; null removes it.
	Limit optionalnullable.OptionalNullable[float64] `json:"limit,omitempty"`
	// LimitReset is when the limit starts anew; null for never.
	LimitReset optionalnullable.OptionalNullable[UpdateKeysLimitReset] `json:"limit_reset,omitempty"`
	// Name is the key's name.
	Name *string `json:"name,omitempty"`
}

// GetDisabled is Disabled, and nil for nil.
func (b *UpdateKeysRequestBody) GetDisabled() *bool { return orZero(b).Disabled }

// GetIncludeBYOKInLimit is IncludeBYOKInLimit, and nil for nil.
func (b *UpdateKeysRequestBody) GetIncludeBYOKInLimit() *bool { return orZero(b).IncludeBYOKInLimit }

// GetLimit is Limit, and unset for nil.
func (b *UpdateKeysRequestBody) GetLimit() optionalnullable.OptionalNullable[float64] {
	return orZero(b).Limit
}

// GetLimitReset is LimitReset, and unset for nil.
func (b *UpdateKeysRequestBody) GetLimitReset() optionalnullable.OptionalNullable[UpdateKeysLimitReset] {
	return orZero(b).LimitReset
}

// GetName is Name, and nil for nil.
func (b *UpdateKeysRequestBody) GetName() *string { return orZero(b).Name }

// UpdateKeysRequest is all that Update takes. Update itself takes its parts.
type UpdateKeysRequest struct {
	// Hash names the key.
	Hash string
	// RequestBody is what to change.
	RequestBody UpdateKeysRequestBody
}

// GetHash is Hash, and empty for nil.
func (r *UpdateKeysRequest) GetHash() string { return orZero(r).Hash }

// GetRequestBody is RequestBody, and zero for nil.
func (r *UpdateKeysRequest) GetRequestBody() UpdateKeysRequestBody { return orZero(r).RequestBody }

// UpdateKeysResponse is the answer of Update.
type UpdateKeysResponse struct {
	// Data is the key as it now is.
	Data UpdateKeysData `json:"data"`
}

// GetData is Data, and zero for nil.
func (r *UpdateKeysResponse) GetData() UpdateKeysData { return orZero(r).Data }
