package latchkey

import (
	"bytes"
	"encoding/json"
)

// Change is what becomes of one member of a record: nothing while it is nil, a value by [To], or nothing any more by
// [Clear].
//
//	client.Keys.Update(ctx, id, latchkey.UpdateKey{Name: latchkey.To("billing"), ExpiresAt: latchkey.Clear[time.Time]()})
type Change[T any] []*T

// To changes a member to a value.
func To[T any](value T) Change[T] { return Change[T]{&value} }

// Clear takes a member away. The server refuses that for what cannot be without.
func Clear[T any]() Change[T] { return Change[T]{nil} }

// MarshalJSON writes the value, or null.
func (c Change[T]) MarshalJSON() ([]byte, error) {
	if len(c) == 0 || c[0] == nil {
		return []byte("null"), nil
	}
	return json.Marshal(c[0])
}

// UnmarshalJSON reads a value, or null.
func (c *Change[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*c = Clear[T]()
		return nil
	}
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return err
	}
	*c = Change[T]{value}
	return nil
}
