package operations

import (
	"encoding/json"
	"errors"
)

// DeleteKeysRequest is all that Delete takes. Delete itself takes its parts.
type DeleteKeysRequest struct {
	// Hash names the key.
	Hash string
}

// GetHash is Hash, and empty for nil.
func (r *DeleteKeysRequest) GetHash() string { return orZero(r).Hash }

// DeleteKeysResponse is the answer of Delete. It has only one value.
type DeleteKeysResponse struct{}

// GetDeleted is true: the key is gone.
func (r *DeleteKeysResponse) GetDeleted() bool { return true }

// MarshalJSON writes the one value there is.
func (r DeleteKeysResponse) MarshalJSON() ([]byte, error) { return []byte(`{"deleted":true}`), nil }

// UnmarshalJSON fails unless the answer says that the key is deleted.
func (r *DeleteKeysResponse) UnmarshalJSON(data []byte) error {
	var answer struct {
		Deleted bool `json:"deleted"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if !answer.Deleted {
		return errors.New("deleted is not true")
	}
	return nil
}
