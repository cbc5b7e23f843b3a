package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Request is what is to be sent, as often as it takes.
type Request struct {
	// Method is the HTTP method.
	Method string
	// URL is the whole address, with its query.
	URL string
	// Header is sent as it is.
	Header http.Header
	// Body is sent unless nil.
	Body []byte
}

// Check tells why the request can never be sent. It names no value of a header: one of them is the key.
func (r Request) Check() error {
	if _, err := parseAddress(r.URL); err != nil {
		return err
	}
	for name, values := range r.Header {
		if name == "" || strings.ContainsFunc(name, notToken) {
			return fmt.Errorf("%q is no name of a header", name)
		}
		for _, value := range values {
			if strings.ContainsFunc(value, isControl) {
				return fmt.Errorf("the value of the header %s has characters that cannot be sent", name)
			}
		}
	}
	return nil
}

// build makes a fresh request, so that the body can be sent again.
func (r Request) build(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return nil, err
	}
	request.Header = r.Header.Clone()
	return request, nil
}

// PathSegment escapes text for one segment of a path. It refuses what would name another path.
func PathSegment(text string) (string, error) {
	switch text {
	case "":
		return "", errors.New("must not be empty")
	case ".", "..":
		return "", fmt.Errorf("must not be %q", text)
	}
	return url.PathEscape(text), nil
}

func isControl(char rune) bool { return (char < ' ' && char != '\t') || char == 0x7f }

func notToken(char rune) bool {
	return char <= ' ' || char >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, char)
}
