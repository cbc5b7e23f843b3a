package latchkeyhttp

import (
	"errors"
	"net/http"
	"strings"
)

// Why a request has no key that could be verified.
var (
	// ErrNoKey says that the request brings no key.
	ErrNoKey = errors.New("no key was sent")
	// ErrTwoKeys says that the request brings different keys. None is chosen: another part of the way may choose otherwise.
	ErrTwoKeys = errors.New("two different keys were sent")
	// ErrNotAKey says that what the request brings can be no key's text.
	ErrNotAKey = errors.New("what was sent is no key")
)

const (
	// No key is longer, as on the server.
	keyCharsMax = 256
	// Several headers of one name count as one, joined by this. No key's text holds a space.
	separator = ", "
)

// KeyFrom reads the key from "Authorization: Bearer" or "X-Api-Key", as the server reads its own credentials. Another scheme
// in Authorization is somebody else's affair, and an empty value is no key. It fails with ErrNoKey, ErrTwoKeys or
// ErrNotAKey.
func KeyFrom(r *http.Request) (string, error) {
	found := bearerTokens(strings.Join(r.Header.Values("Authorization"), separator))
	for _, text := range strings.Split(strings.Join(r.Header.Values("X-Api-Key"), separator), separator) {
		if text = strings.TrimSpace(text); text != "" {
			found = append(found, text)
		}
	}
	if len(found) == 0 {
		return "", ErrNoKey
	}
	for _, other := range found[1:] {
		if other != found[0] {
			return "", ErrTwoKeys
		}
	}
	if len(found[0]) > keyCharsMax || strings.ContainsFunc(found[0], notPrintable) {
		return "", ErrNotAKey
	}
	return found[0], nil
}

func notPrintable(char rune) bool { return char <= ' ' || char > '~' }

func bearerTokens(header string) []string {
	var tokens []string
	for _, each := range credentialsOf(header) {
		if token := strings.Trim(each[min(len(each), len("bearer")):], " \t"); isBearer(each) && token != "" {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

func isBearer(credential string) bool {
	const scheme = "bearer"
	if len(credential) < len(scheme) || !strings.EqualFold(credential[:len(scheme)], scheme) {
		return false
	}
	return len(credential) == len(scheme) || strings.ContainsRune(" \t", rune(credential[len(scheme)]))
}

// credentialsOf is the parts of an Authorization header, each a scheme and what belongs to it. A separator within a quoted
// parameter of another scheme (Digest username="a, Bearer b") separates nothing; a quote that is never closed takes all
// that follows.
func credentialsOf(header string) []string {
	var parts []string
	start, quoted := 0, false
	// Looked at once for each part, however many quotes are in it.
	bearer := isBearer(strings.TrimLeft(header, " \t"))
	for index := 0; index < len(header); index++ {
		switch char := header[index]; {
		case quoted && char == '\\':
			index++
		case char == '"' && !bearer:
			quoted = !quoted
		case !quoted && strings.HasPrefix(header[index:], separator):
			parts = append(parts, strings.TrimSpace(header[start:index]))
			start = index + len(separator)
			bearer = isBearer(strings.TrimLeft(header[start:], " \t"))
		}
	}
	return append(parts, strings.TrimSpace(header[start:]))
}
