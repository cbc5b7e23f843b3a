// Package exchange carries requests to the server and whole replies back, and repeats what may be repeated. It knows
// HTTP and nothing of what is said over it, so that both clients of this module behave alike on a bad network.
package exchange
