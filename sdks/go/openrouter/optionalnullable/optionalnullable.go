package optionalnullable

import (
	"bytes"
	"encoding/json"
	"reflect"
	"time"
)

// OptionalNullable is a member that is unset (nil or empty map), null (true maps to nil) or a value (true maps to it).
// Fields of this type need `omitempty` in their tag, and must not be pointers.
type OptionalNullable[T any] map[bool]*T

// OptionalNullableInterface is what every OptionalNullable offers to code that does not know its type.
type OptionalNullableInterface interface {
	GetUntyped() (any, bool)
}

// From makes a member with a value, or null from nil.
func From[T any](value *T) OptionalNullable[T] { return OptionalNullable[T]{true: value} }

// AsOptionalNullable finds a set member in a reflected value. It answers false for unset members and other types.
func AsOptionalNullable(value reflect.Value) (OptionalNullableInterface, bool) {
	if !value.IsValid() || !value.CanInterface() || (value.Kind() == reflect.Map && value.IsNil()) {
		return nil, false
	}
	member, ok := value.Interface().(OptionalNullableInterface)
	return member, ok
}

// IsSet tells whether there is a value or null.
func (n OptionalNullable[T]) IsSet() bool {
	_, set := n[true]
	return set
}

// IsNull tells whether there is null. An unset member is not null.
func (n OptionalNullable[T]) IsNull() bool {
	value, set := n[true]
	return set && value == nil
}

// Get is the value, nil for null, and whether the member is set.
func (n OptionalNullable[T]) Get() (*T, bool) {
	value, set := n[true]
	return value, set
}

// GetOrZero is the value, or the type's zero for null and unset, and whether the member is set.
func (n OptionalNullable[T]) GetOrZero() (T, bool) {
	value, set := n[true]
	if value == nil {
		var zero T
		return zero, set
	}
	return *value, set
}

// GetUntyped is the value, nil for null, and whether the member is set.
func (n OptionalNullable[T]) GetUntyped() (any, bool) {
	value, set := n[true]
	if value == nil {
		return nil, set
	}
	return *value, set
}

// Set takes a value, or null from nil.
func (n *OptionalNullable[T]) Set(value *T) { *n = From(value) }

// Unset takes the member away.
func (n *OptionalNullable[T]) Unset() { *n = OptionalNullable[T]{} }

// MarshalJSON writes the value or null. A time is written in UTC, which is all that the server takes, and with the
// milliseconds that it writes itself.
func (n OptionalNullable[T]) MarshalJSON() ([]byte, error) {
	if at, ok := any(n[true]).(*time.Time); ok && at != nil {
		return marshalTime(at.UTC())
	}
	return json.Marshal(n[true])
}

// UnmarshalJSON reads a value or null.
func (n *OptionalNullable[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		n.Set(nil)
		return nil
	}
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return err
	}
	n.Set(value)
	return nil
}

const milliseconds = "2006-01-02T15:04:05.000Z07:00"

func marshalTime(at time.Time) ([]byte, error) {
	if at.Nanosecond()%int(time.Millisecond) == 0 && at.Year() >= 0 && at.Year() <= 9999 {
		return json.Marshal(at.Format(milliseconds))
	}
	return json.Marshal(at)
}
