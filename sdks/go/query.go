package latchkey

import (
	"net/url"
	"strconv"
	"time"
)

func setText(values url.Values, name, text string) {
	if text != "" {
		values.Set(name, text)
	}
}

func setInteger(values url.Values, name string, number int64) {
	if number != 0 {
		values.Set(name, strconv.FormatInt(number, 10))
	}
}

func setTime(values url.Values, name string, at *time.Time) {
	if at != nil {
		values.Set(name, at.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
}

// inUTC is a moment as the server takes it: in UTC, and of no more than milliseconds.
func inUTC(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

func pointerInUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	moment := inUTC(*at)
	return &moment
}

func changeInUTC(at Change[time.Time]) Change[time.Time] {
	if len(at) == 0 || at[0] == nil {
		return at
	}
	return To(inUTC(*at[0]))
}
