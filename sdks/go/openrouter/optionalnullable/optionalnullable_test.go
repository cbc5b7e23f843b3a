package optionalnullable

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

type record struct {
	Count OptionalNullable[int]       `json:"count,omitempty"`
	At    OptionalNullable[time.Time] `json:"at,omitempty"`
}

func TestTheThreeStatesSurviveTheWire(t *testing.T) {
	seven := 7
	for text, want := range map[string]OptionalNullable[int]{`{}`: nil, `{"count":null}`: From[int](nil), `{"count":7}`: From(&seven)} {
		var got record
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got.Count, want) {
			t.Errorf("%s: %v, %v", text, got.Count, err)
		}
		written, err := json.Marshal(record{Count: want})
		if err != nil || string(written) != text {
			t.Errorf("%v: %s, %v", want, written, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"count":"7"}`), new(record)); err == nil {
		t.Error("a text is a number")
	}
}

func TestEveryStateAnswersForItself(t *testing.T) {
	seven := 7
	cases := []struct {
		name      string
		member    OptionalNullable[int]
		set, null bool
		pointer   *int
		value     int
		untyped   any
	}{
		{"unset", nil, false, false, nil, 0, nil},
		{"empty", OptionalNullable[int]{}, false, false, nil, 0, nil},
		{"null", From[int](nil), true, true, nil, 0, nil},
		{"value", From(&seven), true, false, &seven, 7, 7},
	}
	for _, c := range cases {
		pointer, set := c.member.Get()
		value, set2 := c.member.GetOrZero()
		untyped, set3 := c.member.GetUntyped()
		if c.member.IsSet() != c.set || c.member.IsNull() != c.null || set != c.set || set2 != c.set || set3 != c.set ||
			pointer != c.pointer || value != c.value || untyped != c.untyped {
			t.Errorf("%s: %v %v %v %v %v", c.name, pointer, set, value, untyped, c.member.IsNull())
		}
		reflected, ok := AsOptionalNullable(reflect.ValueOf(c.member))
		if ok != (c.member != nil) {
			t.Errorf("%s: reflected %v", c.name, reflected)
		}
	}
	if _, ok := AsOptionalNullable(reflect.ValueOf(7)); ok {
		t.Error("a number is optional")
	}
	if _, ok := AsOptionalNullable(reflect.Value{}); ok {
		t.Error("nothing is optional")
	}
	var member OptionalNullable[int]
	if member.Set(&seven); !member.IsSet() {
		t.Error("not set")
	}
	if member.Set(nil); !member.IsNull() {
		t.Error("not null")
	}
	if member.Unset(); member.IsSet() {
		t.Error("still set")
	}
}

func TestATimeIsSentInUTC(t *testing.T) {
	zone := time.FixedZone("", -5*60*60)
	for want, at := range map[string]time.Time{
		`"2030-01-02T08:04:05.000Z"`:       time.Date(2030, 1, 2, 3, 4, 5, 0, zone),
		`"2030-01-02T08:04:05.678Z"`:       time.Date(2030, 1, 2, 3, 4, 5, 678e6, zone),
		`"2030-01-02T08:04:05.678000001Z"`: time.Date(2030, 1, 2, 3, 4, 5, 678000001, zone),
	} {
		if got, err := json.Marshal(From(&at)); string(got) != want || err != nil {
			t.Errorf("%v: %s, %v", at, got, err)
		}
	}
	far := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if got, err := json.Marshal(From(&far)); err == nil {
		t.Errorf("%s", got)
	}
}
