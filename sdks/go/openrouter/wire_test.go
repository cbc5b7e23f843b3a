package openrouter

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/optionalnullable"
)

var nativeVerify = latchkey.VerifyRequest{Key: "lk_x"}

func TestUnsetNullAndAValueAreThreeThings(t *testing.T) {
	type create = operations.CreateKeysRequest
	type update = operations.UpdateKeysRequestBody
	berlin := time.FixedZone("", 2*60*60)
	cases := []struct {
		body any
		want string
	}{
		{create{}, `{"name":""}`},
		{create{Name: "n"}, `{"name":"n"}`},
		{create{
			Name: "n", CreatorUserID: optionalnullable.From[string](nil), ExpiresAt: optionalnullable.From[time.Time](nil),
			Limit: optionalnullable.From[float64](nil), LimitReset: optionalnullable.From[operations.CreateKeysLimitReset](nil),
		}, `{"name":"n","creator_user_id":null,"expires_at":null,"limit":null,"limit_reset":null}`},
		{create{
			Name: "n", CreatorUserID: optionalnullable.From(String("u")), ExpiresAt: optionalnullable.From(Pointer(time.Date(2030, 1, 2, 3, 4, 5, 6e6, berlin))),
			IncludeBYOKInLimit: Bool(false), Limit: optionalnullable.From(Float64(0)),
			LimitReset: optionalnullable.From(operations.CreateKeysLimitResetWeekly.ToPointer()), WorkspaceID: String("w"),
		}, `{"name":"n","creator_user_id":"u","expires_at":"2030-01-02T01:04:05.006Z","include_byok_in_limit":false,"limit":0,"limit_reset":"weekly","workspace_id":"w"}`},
		{update{}, `{}`},
		{update{Limit: optionalnullable.From[float64](nil), LimitReset: optionalnullable.From[operations.UpdateKeysLimitReset](nil)}, `{"limit":null,"limit_reset":null}`},
		{update{
			Disabled: Bool(false), IncludeBYOKInLimit: Bool(true), Limit: optionalnullable.From(Float64(75.25)),
			LimitReset: optionalnullable.From(Pointer(operations.UpdateKeysLimitReset("yearly"))), Name: String(""),
		}, `{"disabled":false,"include_byok_in_limit":true,"limit":75.25,"limit_reset":"yearly","name":""}`},
		{update{Limit: optionalnullable.OptionalNullable[float64]{}}, `{}`},
	}
	for _, c := range cases {
		server := serve(t, answer{status: 201, body: createdJSON}, answer{status: 200, body: dataJSON})
		if body, ok := c.body.(update); ok {
			server.answers = server.answers[1:]
			if _, err := server.client().APIKeys.Update(context.Background(), "h", body); err != nil {
				t.Fatal(err)
			}
		} else if _, err := server.client().APIKeys.Create(context.Background(), c.body.(create)); err != nil {
			t.Fatal(err)
		}
		if got := server.requests()[0]; got.body != c.want && !equalJSON(got.body, c.want) || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("\n got %s\nwant %s", got.body, c.want)
		}
	}
}

func equalJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func TestAListAsksOnlyForWhatIsSet(t *testing.T) {
	zero, null := optionalnullable.From(Int64(0)), optionalnullable.From[int64](nil)
	cases := []struct {
		disabled  *bool
		offset    optionalnullable.OptionalNullable[int64]
		workspace *string
		want      string
	}{
		{nil, nil, nil, ""},
		{nil, null, nil, ""},
		{Bool(false), zero, nil, "include_disabled=false&offset=0"},
		{Bool(true), optionalnullable.From(Int64(100)), String("a b&c"), "include_disabled=true&offset=100&workspace_id=a+b%26c"},
	}
	for _, c := range cases {
		server := serve(t, answer{status: 200, body: listJSON})
		list, err := server.client().APIKeys.List(context.Background(), c.disabled, c.offset, c.workspace)
		if err != nil || len(list.Data) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if got := server.requests()[0]; got.query != c.want || got.path != "/api/v1/keys" || got.body != "" || got.header.Get("Content-Type") != "" {
			t.Errorf("%+v", got)
		}
	}
}

func TestAReportAsksOnlyForWhatIsSet(t *testing.T) {
	cases := []struct {
		date, key, user *string
		group           *operations.GroupBy
		workspace       *string
		want            string
	}{
		{want: ""},
		{String("2026-08-24"), nil, nil, nil, nil, "date=2026-08-24"},
		{nil, String("h1"), String("u&1"), nil, nil, "api_key_hash=h1&user_id=u%261"},
		{String("d"), String("k"), String("u"), operations.GroupByWorkspace.ToPointer(), String("w"), "api_key_hash=k&date=d&group_by=workspace&user_id=u&workspace_id=w"},
		{nil, nil, String(""), nil, nil, "user_id="},
	}
	for _, c := range cases {
		server := serve(t, answer{status: 200, body: activityJSON})
		report, err := server.client().Analytics.GetUserActivity(context.Background(), c.date, c.key, c.user, c.group, c.workspace)
		if err != nil || len(report.Data) != 1 {
			t.Fatalf("%+v, %v", report, err)
		}
		if got := server.requests()[0]; got.query != c.want || got.path != "/api/v1/activity" || got.method != "GET" {
			t.Errorf("%+v", got)
		}
	}
}

func TestTheLongestReportIsRead(t *testing.T) {
	row := strings.TrimSuffix(strings.TrimPrefix(activityJSON, `{"data":[`), `]}`)
	server := serve(t, answer{status: 200, body: `{"data":[` + row + strings.Repeat(","+row, 9_999) + `]}`})
	report, err := server.client().Analytics.GetUserActivity(context.Background(), nil, nil, nil, nil, nil)
	if err != nil || len(report.GetData()) != 10_000 {
		t.Errorf("%d rows, %v", len(report.GetData()), err)
	}
}

func TestAHashIsOneSegmentOfThePath(t *testing.T) {
	for hash, want := range map[string]string{"a/b c?d#e": "a%2Fb%20c%3Fd%23e", "ä": "%C3%A4", "a%2Fb": "a%252Fb", "../key": "..%2Fkey"} {
		server := serve(t, answer{status: 200, body: dataJSON}, answer{status: 200, body: dataJSON}, answer{status: 200, body: deletedJSON})
		keys, ctx := server.client().APIKeys, context.Background()
		_, err1 := keys.Get(ctx, hash)
		_, err2 := keys.Update(ctx, hash, operations.UpdateKeysRequestBody{})
		_, err3 := keys.Delete(ctx, hash)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		for index, method := range []string{"GET", "PATCH", "DELETE"} {
			if got := server.requests()[index]; got.path != "/api/v1/keys/"+want || got.query != "" || got.method != method {
				t.Errorf("%q: %+v", hash, got)
			}
		}
	}
	server := serve(t, answer{status: 200, body: listJSON})
	for _, hash := range []string{"", ".", ".."} {
		if _, err := server.client().APIKeys.Delete(context.Background(), hash); err == nil {
			t.Errorf("%q names a key", hash)
		}
	}
	if len(server.requests()) != 0 {
		t.Errorf("%+v", server.requests())
	}
}

func TestEveryMemberOfAnAnswerIsReadAndWrittenBack(t *testing.T) {
	for _, call := range calls {
		result, err := call.make(context.Background(), serve(t, call.success).client())
		if err != nil {
			t.Fatalf("%s: %v", call.name, err)
		}
		written, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, string(written), call.success.body)
	}
}

// The least that each operation takes for its success.
var leastOf = map[string]string{
	"current": `{"data":{"label":"l"}}`, "list": `{"data":[{"hash":"h"}]}`, "create": `{"data":{"hash":"h"},"key":"lk_new"}`,
	"get": `{"data":{"hash":"h"}}`, "update": `{"data":{"hash":"h"}}`, "delete": `{"deleted":true}`,
	"credits": `{"data":{"total_usage":0}}`, "activity": `{"data":[{"date":"2026-08-24"}]}`,
}

func TestWhatAnAnswerLacksIsZeroAndWhatItHasBeyondIsPassedOver(t *testing.T) {
	for _, call := range calls {
		least := leastOf[call.name]
		for _, body := range []string{least, strings.Replace(least, `"h"`, `"h","new":{"a":null}`, 1), strings.TrimSuffix(least, "}") + `,"more":[1]}`} {
			if _, err := call.make(context.Background(), serve(t, answer{status: call.success.status, body: body}).client()); err != nil {
				t.Errorf("%s %s: %v", call.name, body, err)
			}
		}
	}
	list, err := serve(t, answer{status: 200, body: `{"data":[]}`}).client().APIKeys.List(context.Background(), nil, nil, nil)
	if err != nil || len(list.GetData()) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestASuccessOfSomethingElseIsNone(t *testing.T) {
	foreign := []string{
		`{}`, `{"data":{}}`, `{"data":null}`, `{"status":"ok"}`, `{"id":7,"name":"n","key":""}`, `{"error":{"code":401,"message":"no"}}`, `{"data":[{}]}`,
		`{"data":[null]}`, `{"data":"x"}`, `{"deleted":false}`, `{"deleted":null}`, `{"deleted":"true"}`, `[]`, `null`, `true`, `"deleted"`, ``,
	}
	for _, call := range calls {
		for _, body := range foreign {
			server := serve(t, answer{status: call.success.status, body: body})
			result, err := call.make(context.Background(), server.client())
			if !failed(result, err) || !errors.Is(err, latchkey.ErrMalformed) || len(server.requests()) != 1 {
				t.Errorf("%s %s: %v after %d requests", call.name, body, err, len(server.requests()))
			}
		}
	}
	for _, body := range []string{`{"data":{"hash":"h"}}`, `{"data":{"hash":"h"},"key":""}`, `{"key":"lk_new"}`, `{"key":"lk_new","data":{"hash":""}}`} {
		if _, err := serve(t, answer{status: 201, body: body}).client().APIKeys.Create(context.Background(), operations.CreateKeysRequest{}); !errors.Is(err, latchkey.ErrMalformed) {
			t.Errorf("%s is a new key: %v", body, err)
		}
	}
}

func TestAnAnswerReadsLikeTheOriginals(t *testing.T) {
	created, err := serve(t, answer{status: 201, body: createdJSON}).client().APIKeys.Create(context.Background(), operations.CreateKeysRequest{Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	data := created.GetData()
	expires, set := data.GetExpiresAt().GetOrZero()
	if created.GetKey() != "lk_new" || data.GetHash() != "h1" || *data.GetLimit() != 50 || !set || !expires.Equal(time.Date(2030, 1, 2, 3, 4, 5, 678e6, time.UTC)) {
		t.Errorf("%+v", created)
	}
	var listed operations.ListData
	var got operations.GetKeyData
	if reflect.TypeOf(listed) == reflect.TypeOf(got) || operations.GetKeyData(listed).Hash != got.Hash {
		t.Error("the keys of two operations are to be two types that convert into each other")
	}
}
