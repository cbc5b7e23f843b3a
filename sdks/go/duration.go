package latchkey

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Duration is a length of time in the form of the wire: a whole number and one of s, m, h and d, such as "15m".
type Duration string

var durationUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}

// Duration is the same as a time.Duration. It fails for a text of another form.
func (d Duration) Duration() (time.Duration, error) {
	if len(d) < 2 || !isDigits(string(d[:len(d)-1])) {
		return 0, fmt.Errorf("latchkey: %q is no duration", string(d))
	}
	unit, known := durationUnits[d[len(d)-1]]
	count, err := strconv.ParseInt(string(d[:len(d)-1]), 10, 64)
	if !known || err != nil || count > math.MaxInt64/int64(unit) {
		return 0, fmt.Errorf("latchkey: %q is no duration", string(d))
	}
	return time.Duration(count) * unit, nil
}
