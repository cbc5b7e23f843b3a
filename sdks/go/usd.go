package latchkey

import (
	"fmt"
	"strconv"
	"strings"
)

// USD is an amount of US dollars as a decimal text such as "74.5": exact, and the form that the wire has. The empty
// text is no amount.
type USD string

const (
	nanoPerUSD   = 1_000_000_000
	nanoDecimals = 9
)

// Amount is an amount where none is a choice, as in [VerifyRequest].
func Amount(usd USD) *USD { return &usd }

// USDFromNano writes a number of billionths of a dollar as an amount.
func USDFromNano(nano int64) USD {
	whole, rest := nano/nanoPerUSD, nano%nanoPerUSD
	sign := ""
	if nano < 0 {
		// The smallest int64 has no positive twin, but its parts have.
		sign, whole, rest = "-", -whole, -rest
	}
	text := fmt.Sprintf("%s%d.%09d", sign, whole, rest)
	return USD(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

// Nano is the amount in billionths of a dollar, exactly. It fails for a text that is no decimal number, for more than nine
// decimals, and beyond what an int64 holds, which is about 9.2 thousand million dollars.
func (u USD) Nano() (int64, error) {
	digits, negative := strings.CutPrefix(string(u), "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	if !isDigits(whole) || (pointed && !isDigits(fraction)) {
		return 0, fmt.Errorf("latchkey: %q is no amount of USD", string(u))
	}
	if len(fraction) > nanoDecimals {
		return 0, fmt.Errorf("latchkey: %q has more than nine decimals", string(u))
	}
	sign := ""
	if negative {
		sign = "-"
	}
	nano, err := strconv.ParseInt(sign+whole+fraction+strings.Repeat("0", nanoDecimals-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("latchkey: %q is too large", string(u))
	}
	return nano, nil
}

func (u USD) isAmount() bool {
	_, err := u.Nano()
	return err == nil
}

func isDigits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(char rune) bool { return char < '0' || char > '9' })
}
