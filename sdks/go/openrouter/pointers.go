package openrouter

// String is a pointer to a copy.
func String(value string) *string { return &value }

// Bool is a pointer to a copy.
func Bool(value bool) *bool { return &value }

// Int is a pointer to a copy.
func Int(value int) *int { return &value }

// Int64 is a pointer to a copy.
func Int64(value int64) *int64 { return &value }

// Float32 is a pointer to a copy.
func Float32(value float32) *float32 { return &value }

// Float64 is a pointer to a copy.
func Float64(value float64) *float64 { return &value }

// Pointer is a pointer to a copy.
func Pointer[T any](value T) *T { return &value }
