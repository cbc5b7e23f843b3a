package types

import "time"

// MustTimeFromString is the time that an RFC 3339 text such as "2027-12-31T23:59:59Z" names. It panics for any other
// text, so it is for texts in the source.
func MustTimeFromString(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return at
}

// MustNewTimeFromString is a pointer to the same, as optionalnullable.From takes it.
func MustNewTimeFromString(text string) *time.Time {
	at := MustTimeFromString(text)
	return &at
}
