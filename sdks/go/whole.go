package latchkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

var (
	usdType    = reflect.TypeOf(USD(""))
	timeType   = reflect.TypeOf(time.Time{})
	readByHand = reflect.TypeOf((*json.Unmarshaler)(nil)).Elem()
)

// checkWhole tells whether an answer has every member that the server's document promises of this type. encoding/json
// alone would take any object for any model, and leave it empty.
func checkWhole(body []byte, result any) error {
	var answer any
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	return whole(answer, reflect.TypeOf(result).Elem(), "")
}

// whole looks at a value that encoding/json could read into the type. Places, never values: one may be a secret.
func whole(value any, kind reflect.Type, place string) error {
	switch {
	case kind == usdType:
		if text, _ := value.(string); !USD(text).isAmount() {
			return fmt.Errorf("%s is no amount", place)
		}
		return nil
	// Its own reader has looked at all of it.
	case kind == timeType, reflect.PointerTo(kind).Implements(readByHand):
		return nil
	}
	switch kind.Kind() {
	case reflect.Pointer:
		return whole(value, kind.Elem(), place)
	case reflect.Struct:
		members, isObject := value.(map[string]any)
		if !isObject {
			return fmt.Errorf("%s is no object", place)
		}
		return wholeMembers(members, kind, place)
	case reflect.Slice:
		for index, item := range asList(value) {
			if err := wholeItem(item, kind.Elem(), fmt.Sprintf("%s[%d]", place, index)); err != nil {
				return err
			}
		}
	case reflect.Map:
		members, _ := value.(map[string]any)
		for _, item := range members {
			if err := wholeItem(item, kind.Elem(), place); err != nil {
				return err
			}
		}
	}
	return nil
}

func wholeItem(item any, kind reflect.Type, place string) error {
	if item != nil {
		return whole(item, kind, place)
	}
	if kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Interface {
		return nil
	}
	return fmt.Errorf("%s has nothing where something belongs", place)
}

func wholeMembers(members map[string]any, kind reflect.Type, place string) error {
	for index := range kind.NumField() {
		field := kind.Field(index)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous:
			if err := wholeMembers(members, field.Type, place); err != nil {
				return err
			}
			continue
		case name == "-" || name == "":
			continue
		}
		at := strings.TrimPrefix(place+"."+name, ".")
		value := members[name]
		rule := field.Tag.Get("latchkey")
		mayLack := options == "omitempty" || rule == "nullable" || field.Type.Kind() == reflect.Pointer
		switch {
		case value == nil && mayLack:
			continue
		case value == nil:
			return errors.New(at + " is missing")
		case rule == "named" && value == "":
			return errors.New(at + " is empty")
		}
		if err := whole(value, field.Type, at); err != nil {
			return err
		}
	}
	return nil
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}
