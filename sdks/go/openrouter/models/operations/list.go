package operations

import "latchkey.example/go/openrouter/optionalnullable"

// ListRequest is all that List takes. List itself takes its parts.
type ListRequest struct {
	// IncludeDisabled lists disabled keys too.
	IncludeDisabled *bool
	// Offset is how many keys to pass over. A page has at most 100.
	Offset optionalnullable.OptionalNullable[int64]
	// WorkspaceID is the workspace to list; nil for the default one.
	WorkspaceID *string
}

// GetIncludeDisabled is IncludeDisabled, and nil for nil.
func (r *ListRequest) GetIncludeDisabled() *bool { return orZero(r).IncludeDisabled }

// GetOffset is Offset, and unset for nil.
func (r *ListRequest) GetOffset() optionalnullable.OptionalNullable[int64] { return orZero(r).Offset }

// GetWorkspaceID is WorkspaceID, and nil for nil.
func (r *ListRequest) GetWorkspaceID() *string { return orZero(r).WorkspaceID }

// ListResponse is the answer of List.
type ListResponse struct {
	// Data has the keys, newest first.
	Data []ListData `json:"data"`
}

// GetData is Data, and nil for nil.
func (r *ListResponse) GetData() []ListData { return orZero(r).Data }
