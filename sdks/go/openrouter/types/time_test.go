package types_test

import (
	"encoding/json"
	"testing"
	"time"

	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/optionalnullable"
	"latchkey.example/go/openrouter/types"
)

func TestATimeIsReadFromItsText(t *testing.T) {
	if got := types.MustTimeFromString("2027-12-31T23:59:59.5+01:00"); !got.Equal(time.Date(2027, 12, 31, 22, 59, 59, 5e8, time.UTC)) {
		t.Error(got)
	}
	request := operations.CreateKeysRequest{Name: "n", ExpiresAt: optionalnullable.From(types.MustNewTimeFromString("2027-12-31T23:59:59Z"))}
	if text, err := json.Marshal(request); err != nil || string(text) != `{"expires_at":"2027-12-31T23:59:59.000Z","name":"n"}` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestWhatIsNoTimePanics(t *testing.T) {
	for _, text := range []string{"", "2027-12-31", "2027-12-31 23:59:59Z", "2027-12-31T23:59Z", "tomorrow"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is a time", text)
				}
			}()
			types.MustNewTimeFromString(text)
		}()
	}
}
