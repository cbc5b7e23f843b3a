// Package retry says how calls are repeated, and has the errors by which an HTTP client of the caller's own can ask for
// another attempt or forbid it.
package retry
