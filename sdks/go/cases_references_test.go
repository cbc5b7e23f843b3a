package latchkey_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// values are what stands for the references `<kind:name>` of the table, by `kind:name`.
type values map[string]any

var (
	reference      = regexp.MustCompile(`<([a-z]+:[a-z0-9-]+)>`)
	wholeReference = regexp.MustCompile(`^<(([a-z]+):[a-z0-9-]+)>$`)

	kinds = map[string]*regexp.Regexp{
		"id":     regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`),
		"hash":   regexp.MustCompile(`^[0-9a-f]{64}$`),
		"secret": regexp.MustCompile(`^[0-9A-Za-z_]{40,}$`),
		"mask":   regexp.MustCompile(`^\w+_\w{3}\.\.\.\w{3}$`),
		"time":   regexp.MustCompile(`^(?:\d{12,15}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$`),
		"number": regexp.MustCompile(`^-?\d+(?:\.\d+)?$`),
		"text":   regexp.MustCompile(`(?s).`),
	}
)

// fill puts the known values in place of references; a text that is nothing but one keeps the value's type.
func (v values) fill(template any) any {
	switch template := template.(type) {
	case map[string]any:
		filled := map[string]any{}
		for name, member := range template {
			filled[name] = v.fill(member)
		}
		return filled
	case []any:
		filled := make([]any, len(template))
		for index, item := range template {
			filled[index] = v.fill(item)
		}
		return filled
	case string:
		if whole := wholeReference.FindStringSubmatch(template); whole != nil {
			return v.named(whole[1])
		}
		return reference.ReplaceAllStringFunc(template, func(found string) string {
			return textOf(v.named(found[1 : len(found)-1]))
		})
	}
	return template
}

func (v values) named(name string) any {
	value, known := v[name]
	if !known {
		panic(fmt.Sprintf("<%s> has no value yet", name))
	}
	return value
}

// differences compares what came with a template. Members that are null count as absent; a reference without a value
// takes the one that stands there.
func (v values) differences(template, actual any, place string) []string {
	switch template := template.(type) {
	case string:
		return v.compareText(template, actual, place)
	case []any:
		if items, ok := actual.([]any); ok && len(items) == len(template) {
			var all []string
			for index := range template {
				all = append(all, v.differences(template[index], items[index], fmt.Sprintf("%s[%d]", place, index))...)
			}
			return all
		}
	case map[string]any:
		if members, ok := actual.(map[string]any); ok {
			return v.compareMembers(template, members, place)
		}
	}
	if reflect.DeepEqual(template, actual) {
		return nil
	}
	return []string{fmt.Sprintf("%s is %#v, expected %#v", place, actual, template)}
}

func (v values) compareMembers(template, actual map[string]any, place string) []string {
	var names []string
	for name := range template {
		names = append(names, name)
	}
	for name := range actual {
		names = append(names, name)
	}
	slices.Sort(names)
	var all []string
	for _, name := range slices.Compact(names) {
		all = append(all, v.differences(template[name], actual[name], place+"."+name)...)
	}
	return all
}

func (v values) compareText(template string, actual any, place string) []string {
	whole := wholeReference.FindStringSubmatch(template)
	if whole == nil {
		if wanted := v.fill(template); wanted != actual {
			return []string{fmt.Sprintf("%s is %#v, expected %#v", place, actual, wanted)}
		}
		return nil
	}
	name, pattern := whole[1], kinds[whole[2]]
	if known, ok := v[name]; ok {
		if known != actual {
			return []string{fmt.Sprintf("%s is %#v, not <%s>, which is %#v", place, actual, name, known)}
		}
		return nil
	}
	if pattern == nil || actual == nil || !pattern.MatchString(textOf(actual)) {
		return []string{fmt.Sprintf("%s is %#v, not of the kind <%s>", place, actual, whole[2])}
	}
	v[name] = actual
	return nil
}

func textOf(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

func TestAComparisonFindsWhatDiffers(t *testing.T) {
	id := "019aab62-7c00-7b3c-8e1f-000000000001"
	cases := []struct {
		template, actual any
		differences      int
	}{
		{map[string]any{"a": 1.0, "b": nil}, map[string]any{"a": 1.0, "c": nil}, 0},
		{map[string]any{"a": 1.0}, map[string]any{"a": 2.0, "b": 1.0}, 2},
		{map[string]any{"a": ""}, map[string]any{}, 1},
		{[]any{"<id:x>", "<id:x>"}, []any{id, id}, 0},
		{[]any{"<id:x>", "<id:x>"}, []any{id, "other"}, 1},
		{"<id:x>", "no id", 1},
		{"<number:n>", 4.5, 0},
		{"<number:n>", nil, 1},
		{"a <text:known> b", "a value b", 0},
		{"a <text:known> b", "a b", 1},
		{[]any{1.0}, []any{1.0, 2.0}, 1},
		{nil, map[string]any{}, 1},
		{true, "true", 1},
	}
	for _, c := range cases {
		known := values{"text:known": "value"}
		if found := known.differences(c.template, c.actual, "it"); len(found) != c.differences {
			t.Errorf("%#v against %#v: %q", c.template, c.actual, found)
		}
	}
}
