package exchange

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

const (
	shownCharsMax = 200
	portMax       = 65535
)

// BaseURL checks the address that goes before the paths of all requests, and takes the slashes from its end. It names
// no part of the address that may be secret.
func BaseURL(text string) (string, error) {
	if text == "" {
		return "", errors.New("the server URL is empty")
	}
	address, err := parseAddress(text)
	switch {
	case err != nil:
		return "", err
	case address.User != nil:
		return "", errors.New("the server URL must not have a user name or a password; the key has an option of its own")
	case strings.ContainsFunc(text, unicode.IsSpace):
		return "", fmt.Errorf("the server URL %s must not have white space", shown(text))
	case strings.ContainsAny(text, "?#"):
		return "", fmt.Errorf("the server URL %s must have neither a query nor a fragment", shown(text))
	}
	return strings.TrimRight(text, "/"), nil
}

// parseAddress reads an address that a request can be sent to.
func parseAddress(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	switch {
	// "localhost:8080" reads as a scheme with something opaque behind it, and "127.0.0.1:8080" does not read at all.
	case !hasScheme(text):
		return nil, fmt.Errorf("the server URL %s must begin with http:// or https://", shown(text))
	case err != nil:
		return nil, fmt.Errorf("the server URL %s cannot be read", shown(text))
	case address.Hostname() == "":
		return nil, fmt.Errorf("the server URL %s must name a host", shown(text))
	case !isPort(address.Port()):
		return nil, fmt.Errorf("the port in the server URL %s must be from 1 to %d", shown(text), portMax)
	}
	return address, nil
}

func hasScheme(text string) bool {
	scheme, _, found := strings.Cut(text, "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// isPort also takes the empty text, which leaves the port to the scheme.
func isPort(text string) bool {
	port, err := strconv.Atoi(text)
	return text == "" || (err == nil && port >= 1 && port <= portMax)
}

// shown is an address as it may stand in a message: without user name, password, query and fragment.
func shown(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		scheme, _, found := strings.Cut(text[:at], "://")
		text = "..." + text[at:]
		if found {
			text = scheme + "://" + text
		}
	}
	if end := strings.IndexAny(text, "?#"); end >= 0 {
		text = text[:end]
	}
	return strconv.Quote(text[:min(len(text), shownCharsMax)])
}
