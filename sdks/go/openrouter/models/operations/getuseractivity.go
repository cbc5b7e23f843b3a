package operations

// GroupBy is what each row of a report is split by.
type GroupBy string

// The splits there are.
const (
	GroupByWorkspace GroupBy = "workspace"
)

// ToPointer is a pointer to a copy.
func (g GroupBy) ToPointer() *GroupBy { return &g }

// IsExact tells whether the value is one of those listed here. Newer servers may know more of them.
func (g *GroupBy) IsExact() bool { return g != nil && *g == GroupByWorkspace }

// GetUserActivityRequest is all that GetUserActivity takes. GetUserActivity itself takes its parts.
type GetUserActivityRequest struct {
	// Date is one UTC day such as "2026-08-24", of the last 30 completed ones; nil for all of them.
	Date *string
	// APIKeyHash names one key.
	APIKeyHash *string
	// UserID names one user.
	UserID *string
	// GroupBy splits each row.
	GroupBy *GroupBy
	// WorkspaceID names one workspace.
	WorkspaceID *string
}

// GetDate is Date, and nil for nil.
func (r *GetUserActivityRequest) GetDate() *string { return orZero(r).Date }

// GetAPIKeyHash is APIKeyHash, and nil for nil.
func (r *GetUserActivityRequest) GetAPIKeyHash() *string { return orZero(r).APIKeyHash }

// GetUserID is UserID, and nil for nil.
func (r *GetUserActivityRequest) GetUserID() *string { return orZero(r).UserID }

// GetGroupBy is GroupBy, and nil for nil.
func (r *GetUserActivityRequest) GetGroupBy() *GroupBy { return orZero(r).GroupBy }

// GetWorkspaceID is WorkspaceID, and nil for nil.
func (r *GetUserActivityRequest) GetWorkspaceID() *string { return orZero(r).WorkspaceID }
