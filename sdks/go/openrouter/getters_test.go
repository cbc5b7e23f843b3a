package openrouter

import (
	"reflect"
	"strings"
	"testing"

	"latchkey.example/go/openrouter/models/components"
	"latchkey.example/go/openrouter/models/operations"
)

// Every type with fields that the original gives getters.
var withGetters = []any{
	new(operations.CreateKeysRequest), new(operations.CreateKeysResponse), new(operations.CreateKeysData),
	new(operations.GetKeyRequest), new(operations.GetKeyResponse), new(operations.GetKeyData),
	new(operations.ListRequest), new(operations.ListResponse), new(operations.ListData),
	new(operations.UpdateKeysRequest), new(operations.UpdateKeysRequestBody), new(operations.UpdateKeysResponse), new(operations.UpdateKeysData),
	new(operations.DeleteKeysRequest), new(operations.GetCurrentKeyResponse), new(operations.GetCurrentKeyData), new(operations.RateLimit),
	new(operations.GetCreditsData), new(operations.GetCreditsResponse), new(operations.GetUserActivityRequest),
	new(components.ActivityItem), new(components.ActivityResponse), new(components.Security), new(components.FreeModelDailyRequests), new(components.BadRequestResponseErrorData),
}

func TestEveryFieldHasAGetterThatTakesNil(t *testing.T) {
	getters := 0
	for _, pointer := range withGetters {
		value := reflect.ValueOf(pointer)
		kind := value.Type().Elem()
		for index := range kind.NumField() {
			field := kind.Field(index)
			filled := fillOf(field.Type)
			value.Elem().Field(index).Set(filled)
			name := "Get" + field.Name
			if !value.MethodByName(name).IsValid() {
				t.Errorf("%v has no %s", kind, name)
				continue
			}
			getters++
			if got := value.MethodByName(name).Call(nil)[0]; !reflect.DeepEqual(got.Interface(), filled.Interface()) {
				t.Errorf("%v.%s: %v", kind, name, got)
			}
			missing := reflect.Zero(value.Type())
			if got := missing.MethodByName(name).Call(nil)[0]; !got.IsZero() {
				t.Errorf("%v.%s of nil: %v", kind, name, got)
			}
		}
	}
	t.Logf("%d getters of %d types", getters, len(withGetters))
	if gone := (*operations.DeleteKeysResponse)(nil); !gone.GetDeleted() {
		t.Error("a deleted key is not deleted")
	}
}

// fillOf is a value of a type that is not its zero.
func fillOf(kind reflect.Type) reflect.Value {
	value := reflect.New(kind).Elem()
	switch kind.Kind() {
	case reflect.String:
		value.SetString("x")
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int64:
		value.SetInt(7)
	case reflect.Float64:
		value.SetFloat(7.5)
	case reflect.Pointer:
		value.Set(reflect.New(kind.Elem()))
	case reflect.Slice:
		value.Set(reflect.MakeSlice(kind, 1, 1))
	case reflect.Map:
		value.Set(reflect.MakeMap(kind))
	case reflect.Struct:
		for index := range kind.NumField() {
			if !strings.HasPrefix(kind.Field(index).Name, "_") {
				value.Field(index).Set(fillOf(kind.Field(index).Type))
				break
			}
		}
	}
	return value
}

func TestEnumsAreOpen(t *testing.T) {
	for _, known := range []operations.CreateKeysLimitReset{operations.CreateKeysLimitResetDaily, operations.CreateKeysLimitResetWeekly, operations.CreateKeysLimitResetMonthly} {
		if pointer := known.ToPointer(); !pointer.IsExact() || *pointer != known {
			t.Error(known)
		}
	}
	for _, known := range []operations.UpdateKeysLimitReset{operations.UpdateKeysLimitResetDaily, operations.UpdateKeysLimitResetWeekly, operations.UpdateKeysLimitResetMonthly} {
		if pointer := known.ToPointer(); !pointer.IsExact() || *pointer != known {
			t.Error(known)
		}
	}
	for _, known := range []operations.AllowedDataRegion{operations.AllowedDataRegionGlobal, operations.AllowedDataRegionEurope, operations.AllowedDataRegionUs} {
		if pointer := known.ToPointer(); !pointer.IsExact() || *pointer != known {
			t.Error(known)
		}
	}
	if by := operations.GroupByWorkspace.ToPointer(); !by.IsExact() || operations.GroupBy("x").ToPointer().IsExact() || (*operations.GroupBy)(nil).IsExact() {
		t.Error(*by)
	}
	if operations.CreateKeysLimitReset("yearly").ToPointer().IsExact() || operations.UpdateKeysLimitReset("").ToPointer().IsExact() ||
		operations.AllowedDataRegion("moon").ToPointer().IsExact() || (*operations.CreateKeysLimitReset)(nil).IsExact() ||
		(*operations.UpdateKeysLimitReset)(nil).IsExact() || (*operations.AllowedDataRegion)(nil).IsExact() {
		t.Error("what is not listed is known")
	}
	if *operations.AcceptHeaderEnumApplicationJson.ToPointer() != "application/json" {
		t.Error("the type of content is lost")
	}
}
