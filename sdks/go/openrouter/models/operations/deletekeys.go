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

// UnmarshalJSON fails when the answer says that the key is not deleted.
func (r *DeleteKeysResponse) UnmarshalJSON(data []byte) error {
	answer := struct {
		Deleted json.RawMessage `json:"deleted"`
	}{}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if len(answer.Deleted) > 0 && string(answer.Deleted) != "true" {
		return errors.New("deleted is not true")
	}
	return nil
}
