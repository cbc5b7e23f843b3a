package components

// Security is the credential of a call.
type Security struct {
	// APIKey is the text of the key; nil and empty send none.
	APIKey *string
}

// GetAPIKey is APIKey, and nil for nil.
func (s *Security) GetAPIKey() *string { return orZero(s).APIKey }

// FreeModelDailyRequests is how many requests to free models the account has on a day. Latchkey serves no models and
// answers 0.
type FreeModelDailyRequests struct {
	// Limit is how many there are on a day.
	Limit int64 `json:"limit"`
	// Remaining is how many are left today.
	Remaining int64 `json:"remaining"`
	// Used is how many were made today.
	Used int64 `json:"used"`
}

// GetLimit is Limit, and 0 for nil.
func (f *FreeModelDailyRequests) GetLimit() int64 { return orZero(f).Limit }

// GetRemaining is Remaining, and 0 for nil.
func (f *FreeModelDailyRequests) GetRemaining() int64 { return orZero(f).Remaining }

// GetUsed is Used, and 0 for nil.
func (f *FreeModelDailyRequests) GetUsed() int64 { return orZero(f).Used }

func orZero[T any](pointer *T) *T {
	if pointer == nil {
		return new(T)
	}
	return pointer
}
