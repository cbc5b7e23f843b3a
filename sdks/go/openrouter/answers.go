package openrouter

import (
	"errors"

	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
)

// What a success must have to be one. Whatever else an answer lacks is zero, as in the original; but a success without
// these is the answer of something else than this operation, and to take it for one would lose a key or keep one alive.

var (
	errNoKey  = errors.New("it has no key")
	errNoText = errors.New("it has no text of the new key")
	errNoList = errors.New("it has no list")
	errNoDate = errors.New("it has a row without its date")
)

func checkCurrent(answer *operations.GetCurrentKeyResponse) error {
	if answer.Data.Label == "" {
		return errNoKey
	}
	return nil
}

func checkList(answer *operations.ListResponse) error {
	if answer.Data == nil {
		return errNoList
	}
	for _, key := range answer.Data {
		if err := checkKey(key.Hash, key.Label, key.Name); err != nil {
			return err
		}
	}
	return nil
}

func checkCreated(answer *operations.CreateKeysResponse) error {
	if answer.Key == "" {
		return errNoText
	}
	return checkKey(answer.Data.Hash, answer.Data.Label, answer.Data.Name)
}

func checkGot(answer *operations.GetKeyResponse) error {
	return checkKey(answer.Data.Hash, answer.Data.Label, answer.Data.Name)
}

func checkUpdated(answer *operations.UpdateKeysResponse) error {
	return checkKey(answer.Data.Hash, answer.Data.Label, answer.Data.Name)
}

// checkDeleted has nothing left to find: no other answer can be decoded.
func checkDeleted(*operations.DeleteKeysResponse) error { return nil }

// checkCredits has nothing left to find either.
func checkCredits(*operations.GetCreditsResponse) error { return nil }

func checkActivity(answer *components.ActivityResponse) error {
	if answer.Data == nil {
		return errNoList
	}
	for _, row := range answer.Data {
		if row.Date == "" {
			return errNoDate
		}
	}
	return nil
}

// checkKey asks for one of what tells keys apart, because the answers that people's own tests give are rarely whole.
func checkKey(hash, label, name string) error {
	if hash == "" && label == "" && name == "" {
		return errNoKey
	}
	return nil
}
