package latchkey

// Code is the stable word for what the server decided or what went wrong. Newer servers may know more of them than are
// listed here. It is an error so that errors.Is can ask for it:
//
//	errors.Is(err, latchkey.FaultKeyNotFound)
type Code string

// Error is the word itself.
func (c Code) Error() string { return string(c) }

// The codes of a Verdict. CodeBudgetExceeded is also that of the Error of a reserve that has no room.
const (
	// CodeValid: the key may be used.
	CodeValid Code = "VALID"
	// CodeNotFound: unknown, malformed, revoked, or not yours.
	CodeNotFound Code = "NOT_FOUND"
	// CodeDisabled: the key or its owner is switched off.
	CodeDisabled Code = "DISABLED"
	// CodeNotYetValid: before the time from which the key counts.
	CodeNotYetValid Code = "NOT_YET_VALID"
	// CodeExpired: the key's time is over.
	CodeExpired Code = "EXPIRED"
	// CodeForbidden: the address is not among the key's, or the key only manages.
	CodeForbidden Code = "FORBIDDEN"
	// CodeInsufficientPermissions: the demanded permissions are not met.
	CodeInsufficientPermissions Code = "INSUFFICIENT_PERMISSIONS"
	// CodeRateLimited: a request rate of the key is used up.
	CodeRateLimited Code = "RATE_LIMITED"
	// CodeBudgetExceeded: a limit has no room for the money.
	CodeBudgetExceeded Code = "BUDGET_EXCEEDED"
)
