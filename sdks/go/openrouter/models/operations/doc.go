// Package operations has the requests, answers and per-call options of the operations.
package operations
