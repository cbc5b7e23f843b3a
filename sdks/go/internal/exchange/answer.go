package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrMalformed says that what answered is no answer to the call.
var ErrMalformed = errors.New("the answer is malformed")

// How many values the JSON of an answer may have. A value of two bytes can become hundreds in memory, so the bound on
// bytes alone is none.
const (
	// ValuesMax is for everyday answers; a page of 100 keys has 3,000.
	ValuesMax = 20_000
	// ReportValuesMax is for reports; 10,000 rows of usage have 130,000.
	ReportValuesMax = 250_000
)

// Decode reads an answer that must be a JSON object of so many values at most. encoding/json would also take null, and
// answer an empty result.
func Decode(body []byte, result any, valuesMax int) error {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return fmt.Errorf("%w: it is no JSON object", ErrMalformed)
	}
	if values(body) > valuesMax {
		return fmt.Errorf("%w: it has more than %d values", ErrMalformed, valuesMax)
	}
	if err := json.Unmarshal(body, result); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// values counts the values of a JSON text, and for others any number.
func values(body []byte) int {
	count, quoted := 1, false
	for index := 0; index < len(body); index++ {
		switch char := body[index]; {
		case quoted && char == '\\':
			index++
		case char == '"':
			quoted = !quoted
		case !quoted && (char == ',' || char == '[' || char == '{'):
			count++
		}
	}
	return count
}
