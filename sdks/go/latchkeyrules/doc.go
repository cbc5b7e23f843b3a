// Package latchkeyrules has the rules by which a server decides, without a server: for tests, for forms, for tools. They are
// the server's own, which is held to the same rows, but only a server knows whether a key may be used.
package latchkeyrules
