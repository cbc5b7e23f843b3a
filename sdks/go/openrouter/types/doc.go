// Package types makes values of the types that requests have.
package types
