package operations

import (
	"slices"
	"time"

	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/optionalnullable"
)

// AllowedDataRegion is a region in which data may be handled. Servers may know more of them than are listed here.
type AllowedDataRegion string

// The regions there are.
const (
	AllowedDataRegionGlobal AllowedDataRegion = "global"
	AllowedDataRegionEurope AllowedDataRegion = "europe"
	AllowedDataRegionUs     AllowedDataRegion = "us"
)

// ToPointer is a pointer to a copy.
func (r AllowedDataRegion) ToPointer() *AllowedDataRegion { return &r }

// IsExact tells whether it is one of those listed here.
func (r *AllowedDataRegion) IsExact() bool {
	known := []AllowedDataRegion{AllowedDataRegionGlobal, AllowedDataRegionEurope, AllowedDataRegionUs}
	return r != nil && slices.Contains(known, *r)
}

// RateLimit is what once was a key's rate limit.
//
// Deprecated: it says nothing.
type RateLimit struct {
	// Interval is a length of time.
	Interval string `json:"interval"`
	// Note is why not to mind it.
	Note string `json:"note"`
	// Requests is always -1.
	Requests int64 `json:"requests"`
}

// GetInterval is Interval, and empty for nil.
func (r *RateLimit) GetInterval() string { return orZero(r).Interval }

// GetNote is Note, and empty for nil.
func (r *RateLimit) GetNote() string { return orZero(r).Note }

// GetRequests is Requests, and 0 for nil.
func (r *RateLimit) GetRequests() int64 { return orZero(r).Requests }

// GetCurrentKeyData is the key of the call itself.
type GetCurrentKeyData struct {
	// AllowedDataRegions is the regions in which the key's data may be handled.
	AllowedDataRegions []AllowedDataRegion `json:"allowed_data_regions"`
	// BYOKUsage is what was paid elsewhere, of all time, in USD.
	BYOKUsage float64 `json:"byok_usage"`
	// BYOKUsageDaily is the same of this UTC day.
	BYOKUsageDaily float64 `json:"byok_usage_daily"`
	// BYOKUsageMonthly is the same of this UTC month.
	BYOKUsageMonthly float64 `json:"byok_usage_monthly"`
	// BYOKUsageWeekly is the same of this UTC week, from Monday.
	BYOKUsageWeekly float64 `json:"byok_usage_weekly"`
	// CreatorUserID is the user that the key is attributed to.
	CreatorUserID *string `json:"creator_user_id"`
	// ExpiresAt is when the key expires; null for never.
	ExpiresAt optionalnullable.OptionalNullable[time.Time] `json:"expires_at,omitempty"`
	// FreeModelDailyRequests is the account's quota of requests to free models.
	FreeModelDailyRequests components.FreeModelDailyRequests `json:"free_model_daily_requests"`
	// IncludeBYOKInLimit is whether what was paid elsewhere counts against the limit.
	IncludeBYOKInLimit bool `json:"include_byok_in_limit"`
	// IsFreeTier is whether the account never bought credits.
	IsFreeTier bool `json:"is_free_tier"`
	// IsManagementKey is whether the key may manage keys.
	IsManagementKey bool `json:"is_management_key"`
	// IsProvisioningKey is the same.
	//
	// Deprecated: use IsManagementKey.
	IsProvisioningKey bool `json:"is_provisioning_key"`
	// Label is a mask of the key's text.
	Label string `json:"label"`
	// Limit is the limit in USD; nil for none.
	Limit *float64 `json:"limit"`
	// LimitRemaining is what is left of it; nil when there is none.
	LimitRemaining *float64 `json:"limit_remaining"`
	// LimitReset is when it starts anew: daily, weekly or monthly; nil for never.
	LimitReset *string `json:"limit_reset"`
	// OrganizationID is the organization that owns the key; nil for none.
	OrganizationID *string `json:"organization_id"`
	// RateLimit is what once was a rate limit.
	//
	// Deprecated: it says nothing.
	RateLimit RateLimit `json:"rate_limit"`
	// Usage is what the key has spent, of all time, in USD.
	Usage float64 `json:"usage"`
	// UsageDaily is the same of this UTC day.
	UsageDaily float64 `json:"usage_daily"`
	// UsageMonthly is the same of this UTC month.
	UsageMonthly float64 `json:"usage_monthly"`
	// UsageWeekly is the same of this UTC week, from Monday.
	UsageWeekly float64 `json:"usage_weekly"`
	// WorkspaceID is the workspace of the key.
	WorkspaceID *string `json:"workspace_id"`
}

// GetAllowedDataRegions is AllowedDataRegions, and nil for nil.
func (d *GetCurrentKeyData) GetAllowedDataRegions() []AllowedDataRegion {
	return orZero(d).AllowedDataRegions
}

// GetBYOKUsage is BYOKUsage, and 0 for nil.
func (d *GetCurrentKeyData) GetBYOKUsage() float64 { return orZero(d).BYOKUsage }

// GetBYOKUsageDaily is BYOKUsageDaily, and 0 for nil.
func (d *GetCurrentKeyData) GetBYOKUsageDaily() float64 { return orZero(d).BYOKUsageDaily }

// GetBYOKUsageMonthly is BYOKUsageMonthly, and 0 for nil.
func (d *GetCurrentKeyData) GetBYOKUsageMonthly() float64 { return orZero(d).BYOKUsageMonthly }

// GetBYOKUsageWeekly is BYOKUsageWeekly, and 0 for nil.
func (d *GetCurrentKeyData) GetBYOKUsageWeekly() float64 { return orZero(d).BYOKUsageWeekly }

// GetCreatorUserID is CreatorUserID, and nil for nil.
func (d *GetCurrentKeyData) GetCreatorUserID() *string { return orZero(d).CreatorUserID }

// GetExpiresAt is ExpiresAt, and unset for nil.
func (d *GetCurrentKeyData) GetExpiresAt() optionalnullable.OptionalNullable[time.Time] {
	return orZero(d).ExpiresAt
}

// GetFreeModelDailyRequests is FreeModelDailyRequests, and zero for nil.
func (d *GetCurrentKeyData) GetFreeModelDailyRequests() components.FreeModelDailyRequests {
	return orZero(d).FreeModelDailyRequests
}

// GetIncludeBYOKInLimit is IncludeBYOKInLimit, and false for nil.
func (d *GetCurrentKeyData) GetIncludeBYOKInLimit() bool { return orZero(d).IncludeBYOKInLimit }

// GetIsFreeTier is IsFreeTier, and false for nil.
func (d *GetCurrentKeyData) GetIsFreeTier() bool { return orZero(d).IsFreeTier }

// GetIsManagementKey is IsManagementKey, and false for nil.
func (d *GetCurrentKeyData) GetIsManagementKey() bool { return orZero(d).IsManagementKey }

// GetIsProvisioningKey is IsProvisioningKey, and false for nil.
func (d *GetCurrentKeyData) GetIsProvisioningKey() bool { return orZero(d).IsProvisioningKey }

// GetLabel is Label, and empty for nil.
func (d *GetCurrentKeyData) GetLabel() string { return orZero(d).Label }

// GetLimit is Limit, and nil for nil.
func (d *GetCurrentKeyData) GetLimit() *float64 { return orZero(d).Limit }

// GetLimitRemaining is LimitRemaining, and nil for nil.
func (d *GetCurrentKeyData) GetLimitRemaining() *float64 { return orZero(d).LimitRemaining }

// GetLimitReset is LimitReset, and nil for nil.
func (d *GetCurrentKeyData) GetLimitReset() *string { return orZero(d).LimitReset }

// GetOrganizationID is OrganizationID, and nil for nil.
func (d *GetCurrentKeyData) GetOrganizationID() *string { return orZero(d).OrganizationID }

// GetRateLimit is RateLimit, and zero for nil.
func (d *GetCurrentKeyData) GetRateLimit() RateLimit { return orZero(d).RateLimit }

// GetUsage is Usage, and 0 for nil.
func (d *GetCurrentKeyData) GetUsage() float64 { return orZero(d).Usage }

// GetUsageDaily is UsageDaily, and 0 for nil.
func (d *GetCurrentKeyData) GetUsageDaily() float64 { return orZero(d).UsageDaily }

// GetUsageMonthly is UsageMonthly, and 0 for nil.
func (d *GetCurrentKeyData) GetUsageMonthly() float64 { return orZero(d).UsageMonthly }

// GetUsageWeekly is UsageWeekly, and 0 for nil.
func (d *GetCurrentKeyData) GetUsageWeekly() float64 { return orZero(d).UsageWeekly }

// GetWorkspaceID is WorkspaceID, and nil for nil.
func (d *GetCurrentKeyData) GetWorkspaceID() *string { return orZero(d).WorkspaceID }

// GetCurrentKeyResponse is the answer of GetCurrentKeyMetadata.
type GetCurrentKeyResponse struct {
	// Data is the key of the call.
	Data GetCurrentKeyData `json:"data"`
}

// GetData is Data, and zero for nil.
func (r *GetCurrentKeyResponse) GetData() GetCurrentKeyData { return orZero(r).Data }
