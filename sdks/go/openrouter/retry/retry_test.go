package retry

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestTheKindsOfErrorsAreFoundInTheirChains(t *testing.T) {
	cause := errors.New("cause")
	permanent, temporary := Permanent(cause), Temporary("later")
	for _, wrapped := range []error{permanent, fmt.Errorf("wrapped: %w", permanent)} {
		if !IsPermanentError(wrapped) || IsTemporaryError(wrapped) || !errors.Is(wrapped, cause) {
			t.Errorf("%v", wrapped)
		}
	}
	if Permanent(permanent) != permanent || permanent.Error() != "cause" {
		t.Error("permanent twice is more than once")
	}
	if wrapped := fmt.Errorf("wrapped: %w", temporary); !IsTemporaryError(wrapped) || IsPermanentError(wrapped) || temporary.Error() != "later" {
		t.Error(wrapped)
	}
	if IsPermanentError(nil) || IsTemporaryError(nil) || IsTemporaryError(cause) {
		t.Error("what is neither is one of them")
	}
}

func TestATemporaryErrorKnowsTheServersWait(t *testing.T) {
	var temporary *TemporaryError
	response := &http.Response{Header: http.Header{"Retry-After": {"3"}}}
	if !errors.As(TemporaryFromResponse("later", response), &temporary) || temporary.RetryAfter() != 3*time.Second || temporary.Error() != "later" {
		t.Errorf("%+v", temporary)
	}
	for _, err := range []error{Temporary("later"), TemporaryFromResponse("later", nil), TemporaryFromResponse("later", &http.Response{})} {
		if !errors.As(err, &temporary) || temporary.RetryAfter() != 0 {
			t.Errorf("%+v", temporary)
		}
	}
}
