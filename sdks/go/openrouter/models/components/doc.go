// Package components has the types that several operations share.
package components
