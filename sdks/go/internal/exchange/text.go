package exchange

import (
	"fmt"
	"strings"
	"unicode"
)

const lineBytesMax = 1000

// Line is text of a server as it may stand in a message: one line of bounded length, of printable characters. What a
// server says goes into logs, where it must not make lines of its own.
func Line(text string) string {
	return strings.Map(func(char rune) rune {
		if unicode.IsPrint(char) {
			return char
		}
		return ' '
	}, Beginning(text, lineBytesMax))
}

// Beginning is the text, or as much of it as the bound allows and how much more there was.
func Beginning(text string, bytesMax int) string {
	if len(text) <= bytesMax {
		return text
	}
	return fmt.Sprintf("%s... (%d bytes more)", strings.ToValidUTF8(text[:bytesMax], ""), len(text)-bytesMax)
}
