// Package sdkerrors has the errors of the operations: one type per failure that an operation declares, and APIError for
// every other answer.
package sdkerrors
