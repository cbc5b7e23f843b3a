package latchkey

import "time"

// KeepSoon is the option of tests that cannot wait for a part of an hour.
func KeepSoon() KeepOption {
	return func(h *KeptHold) { h.pace = func(time.Duration) time.Duration { return time.Millisecond } }
}
