package latchkey

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// sameJSON compares two texts by what they mean.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%v: %s", err, want)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func sprint(value any) string { return fmt.Sprintf("%v %+v %#v", value, value, value) }
