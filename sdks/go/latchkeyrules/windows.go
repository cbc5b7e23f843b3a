package latchkeyrules

import (
	"fmt"
	"time"

	"latchkey.example/go"
)

// WindowAt is the window that a moment lies in: the UTC day, the UTC week from Monday, the UTC month, or all time. end is the
// first moment after it, and zero for all time, which has none. Another word is an error.
func WindowAt(window latchkey.LimitWindow, at time.Time) (start, end time.Time, err error) {
	at = at.UTC()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	switch window {
	case latchkey.LimitWindowDaily:
		return day, day.AddDate(0, 0, 1), nil
	case latchkey.LimitWindowWeekly:
		// Of Go's week, Sunday is the first day.
		monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return monday, monday.AddDate(0, 0, 7), nil
	case latchkey.LimitWindowMonthly:
		first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		return first, first.AddDate(0, 1, 0), nil
	case latchkey.LimitWindowTotal:
		return time.Unix(0, 0).UTC(), time.Time{}, nil
	}
	return time.Time{}, time.Time{}, fmt.Errorf("latchkeyrules: %q is no window", string(window))
}
