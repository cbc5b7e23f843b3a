package components

// ActivityItem is the usage of one UTC day by one model, endpoint and provider.
type ActivityItem struct {
	// BYOKUsageInference is what was paid elsewhere, in USD.
	BYOKUsageInference float64 `json:"byok_usage_inference"`
	// CompletionTokens is the sum of what the usage was noted with as completion_tokens.
	CompletionTokens int64 `json:"completion_tokens"`
	// Date is the day, such as "2026-08-24".
	Date string `json:"date"`
	// EndpointID is what the usage was noted with as endpoint_id; empty without.
	EndpointID string `json:"endpoint_id"`
	// Model is what the usage was noted with as model; empty without.
	Model string `json:"model"`
	// ModelPermaslug is what the usage was noted with as model_permaslug; empty without.
	ModelPermaslug string `json:"model_permaslug"`
	// PromptTokens is the sum of what the usage was noted with as prompt_tokens.
	PromptTokens int64 `json:"prompt_tokens"`
	// ProviderName is what the usage was noted with as provider_name; empty without.
	ProviderName string `json:"provider_name"`
	// ReasoningTokens is the sum of what the usage was noted with as reasoning_tokens.
	ReasoningTokens int64 `json:"reasoning_tokens"`
	// Requests is how many there were.
	Requests int64 `json:"requests"`
	// Usage is what was spent, in USD.
	Usage float64 `json:"usage"`
	// WorkspaceID is the workspace, where the rows are split by it.
	WorkspaceID *string `json:"workspace_id,omitempty"`
}

// GetBYOKUsageInference is BYOKUsageInference, and 0 for nil.
func (a *ActivityItem) GetBYOKUsageInference() float64 { return orZero(a).BYOKUsageInference }

// GetCompletionTokens is CompletionTokens, and 0 for nil.
func (a *ActivityItem) GetCompletionTokens() int64 { return orZero(a).CompletionTokens }

// GetDate is Date, and empty for nil.
func (a *ActivityItem) GetDate() string { return orZero(a).Date }

// GetEndpointID is EndpointID, and empty for nil.
func (a *ActivityItem) GetEndpointID() string { return orZero(a).EndpointID }

// GetModel is Model, and empty for nil.
func (a *ActivityItem) GetModel() string { return orZero(a).Model }

// GetModelPermaslug is ModelPermaslug, and empty for nil.
func (a *ActivityItem) GetModelPermaslug() string { return orZero(a).ModelPermaslug }

// GetPromptTokens is PromptTokens, and 0 for nil.
func (a *ActivityItem) GetPromptTokens() int64 { return orZero(a).PromptTokens }

// GetProviderName is ProviderName, and empty for nil.
func (a *ActivityItem) GetProviderName() string { return orZero(a).ProviderName }

// GetReasoningTokens is ReasoningTokens, and 0 for nil.
func (a *ActivityItem) GetReasoningTokens() int64 { return orZero(a).ReasoningTokens }

// GetRequests is Requests, and 0 for nil.
func (a *ActivityItem) GetRequests() int64 { return orZero(a).Requests }

// GetUsage is Usage, and 0 for nil.
func (a *ActivityItem) GetUsage() float64 { return orZero(a).Usage }

// GetWorkspaceID is WorkspaceID, and nil for nil.
func (a *ActivityItem) GetWorkspaceID() *string { return orZero(a).WorkspaceID }

// ActivityResponse is the answer of GetUserActivity.
type ActivityResponse struct {
	// Data has the rows, newest day first.
	Data []ActivityItem `json:"data"`
}

// GetData is Data, and nil for nil.
func (r *ActivityResponse) GetData() []ActivityItem { return orZero(r).Data }
