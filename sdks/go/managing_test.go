package latchkey_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/latchkeytest"
)

func TestAChangeTellsWhatStaysFromWhatGoes(t *testing.T) {
	local := time.Date(2030, 1, 2, 4, 4, 5, 678_901_234, time.FixedZone("", 3600))
	cases := map[string]any{
		`{}`:                 latchkey.UpdateKey{},
		`{"name":""}`:        latchkey.UpdateKey{Name: latchkey.To("")},
		`{"name":null}`:      latchkey.UpdateKey{Name: latchkey.Clear[string]()},
		`{"disabled":false}`: latchkey.UpdateKey{Disabled: latchkey.To(false)},
		`{"permissions":[]}`: latchkey.UpdateKey{Permissions: latchkey.To([]string{})},
		`{"limits":{}}`:      latchkey.UpdateKey{Limits: latchkey.To(latchkey.LimitChanges{})},
		`{"limits":{"daily":"5","total":null}}`: latchkey.UpdateKey{Limits: latchkey.To(latchkey.LimitChanges{
			Daily: latchkey.To[latchkey.USD]("5"), Total: latchkey.Clear[latchkey.USD](),
		})},
		`{"labels":{"a":"b","c":null}}`: latchkey.UpdateKey{Labels: latchkey.To(map[string]latchkey.Change[string]{
			"a": latchkey.To("b"), "c": latchkey.Clear[string](),
		})},
		`{"expiresAt":"2030-01-02T03:04:05.678Z"}`:                latchkey.UpdateKey{ExpiresAt: latchkey.To(local)},
		`{"amount":"1","until":"2030-01-02T03:04:05.678Z"}`:       latchkey.SetBoost{Amount: "1", Until: local},
		`{"id":"e","amount":"1","at":"2030-01-02T03:04:05.678Z"}`: latchkey.UsageEvent{ID: "e", Amount: "1", At: &local},
	}
	for want, body := range cases {
		text, err := json.Marshal(body)
		if err != nil || string(text) != want {
			t.Errorf("%s, %v, expected %s", text, err, want)
		}
	}
}

func TestANameOfARecordNeverMeansTheOwnKey(t *testing.T) {
	asked := 0
	client := latchkey.New(latchkey.WithBaseURL("http://h"), latchkey.WithClient(latchkeytest.Sender(func(*http.Request) (*http.Response, error) {
		asked++
		return latchkeytest.JSON(200, `{}`), nil
	})))
	ctx := context.Background()
	calls := map[string]func(ref string) error{
		"get":        func(ref string) error { _, err := client.Keys.Get(ctx, ref); return err },
		"update":     func(ref string) error { _, err := client.Keys.Update(ctx, ref, latchkey.UpdateKey{}); return err },
		"revoke":     func(ref string) error { _, err := client.Keys.Revoke(ctx, ref); return err },
		"rotate":     func(ref string) error { _, err := client.Keys.Rotate(ctx, ref, latchkey.RotateKey{}); return err },
		"endOverlap": func(ref string) error { _, err := client.Keys.EndOverlap(ctx, ref); return err },
		"boost": func(ref string) error {
			_, err := client.Keys.Boost(ctx, ref, "daily", latchkey.SetBoost{})
			return err
		},
		"thresholds": func(ref string) error { _, err := client.Keys.Thresholds(ctx, ref); return err },
		"verifications": func(ref string) error {
			_, err := client.Keys.Verifications(ctx, ref, latchkey.VerificationQuery{})
			return err
		},
	}
	for name, call := range calls {
		for _, ref := range []string{"self", "", ".", ".."} {
			if err := call(ref); err == nil {
				t.Errorf("%s of %q is no error", name, ref)
			}
		}
	}
	for _, id := range []string{"", ".", ".."} {
		if client.Users.Delete(ctx, id) == nil || client.Workspaces.Members.Remove(ctx, "w", id) == nil {
			t.Errorf("a user %q is deleted", id)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests were sent", asked)
	}
}

func TestAListIsReadNoFurtherThanItIsGoneThrough(t *testing.T) {
	pages := 0
	client := latchkey.New(latchkey.WithBaseURL("http://h"), latchkey.WithClient(latchkeytest.Sender(func(r *http.Request) (*http.Response, error) {
		pages++
		member := `{"userId":"u","username":"n","displayName":"","standing":"member","joinedAt":"2030-01-02T03:04:05.000Z","addedById":null}`
		return latchkeytest.JSON(200, fmt.Sprintf(`{"data":[%s,%s],"nextCursor":"c%d"}`, member, member, pages)), nil
	})))
	seen := 0
	client.Workspaces.Members.All(context.Background(), "w", latchkey.PageQuery{})(func(member latchkey.Member, err error) bool {
		if err != nil || member.UserID != "u" {
			t.Error(member, err)
		}
		seen++
		return seen < 3
	})
	if seen != 3 || pages != 2 {
		t.Errorf("%d members of %d pages", seen, pages)
	}
}

func TestAnAnswerAboutARecordTellsHowItCame(t *testing.T) {
	client := latchkey.New(latchkey.WithBaseURL("http://h"), latchkey.WithClient(latchkeytest.Sender(func(*http.Request) (*http.Response, error) {
		answer := latchkeytest.JSON(200, `{"data":[],"nextCursor":null,"accepted":1,"duplicates":0,"conflicts":[]}`)
		answer.Header.Set("X-Request-Id", "req-4711")
		return answer, nil
	})))
	page, err := client.Users.List(context.Background(), latchkey.UserQuery{})
	if err != nil || page.Response.RequestID != "req-4711" || page.Response.Status != 200 || page.Response.Attempts != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	reported, err := client.Usage.Report(context.Background(), nil)
	if err != nil || reported.Response.RequestID != "req-4711" || reported.Response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v, %v", reported, err)
	}
}

func TestAnEmptyNameOfACallIsNone(t *testing.T) {
	names := map[string]bool{}
	client := latchkey.New(latchkey.WithBaseURL("http://h"), latchkey.WithClient(latchkeytest.Sender(func(r *http.Request) (*http.Response, error) {
		names[r.Header.Get("Idempotency-Key")] = true
		return latchkeytest.JSON(400, `{"code":"input_invalid"}`), nil
	})))
	for range 3 {
		if _, err := client.Keys.Create(context.Background(), latchkey.CreateKey{}, latchkey.IdempotencyKey("")); err == nil {
			t.Error("no error")
		}
	}
	if len(names) != 3 || names[""] {
		t.Errorf("%v", names)
	}
}
