package latchkeyrules_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/latchkeyrules"
)

// rows are the rules that all SDKs share (docs/sdk-cases.md).
type rows struct {
	Permissions []struct {
		Demand string
		Held   []string
		Met    bool
	}
	NotPermissions []string
	Addresses      []struct {
		Blocks  []string
		Address string
		Inside  bool
	}
	Blocks []struct {
		Block string
		Valid bool
	}
	Life []struct {
		Key    latchkeyrules.Life
		At     int64
		Status latchkey.KeyStatus
	}
	Windows []struct {
		Window    latchkey.LimitWindow
		At, Start time.Time
		End       *time.Time
	}
	Secrets []struct {
		Text  string
		Shape latchkeyrules.SecretShape
	}
}

func sharedRows(t *testing.T) rows {
	t.Helper()
	text, err := os.ReadFile("../../../test/sdk-cases.json")
	if os.IsNotExist(err) {
		t.Skip("SKIPPED: the rows that all SDKs share lie in the repository of Latchkey, not beside this module")
	}
	var file struct{ Rules rows }
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	shared := file.Rules
	counts := []int{
		len(shared.Permissions), len(shared.NotPermissions), len(shared.Addresses), len(shared.Blocks), len(shared.Life),
		len(shared.Windows), len(shared.Secrets),
	}
	for _, count := range counts {
		if err != nil || count < 10 {
			t.Fatal(err, counts)
		}
	}
	return shared
}

func TestPermissionsAreReadByTheRowsThatAllSDKsShare(t *testing.T) {
	shared := sharedRows(t)
	for _, row := range shared.Permissions {
		demand, err := latchkeyrules.ParsePermissions(row.Demand)
		if err != nil || demand.MetBy(row.Held) != row.Met {
			t.Errorf("%q by %q: %v, %v", row.Demand, row.Held, demand.MetBy(row.Held), err)
		}
	}
	for _, text := range shared.NotPermissions {
		demand, err := latchkeyrules.ParsePermissions(text)
		if err == nil {
			t.Errorf("%q is an expression", text)
		} else if len(err.Error()) > 1000 || strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%q: a message of %d characters", text, len(err.Error()))
		}
		_ = demand
	}
	if (latchkeyrules.Permissions{}).MetBy([]string{"*"}) {
		t.Error("a demand that was not read is met")
	}
}

func TestAddressesAreFoundByTheRowsThatAllSDKsShare(t *testing.T) {
	shared := sharedRows(t)
	for _, row := range shared.Addresses {
		addresses, err := latchkeyrules.ParseAddresses(row.Blocks)
		if err != nil || addresses.Contain(row.Address) != row.Inside {
			t.Errorf("%q in %q: not %v, %v", row.Address, row.Blocks, row.Inside, err)
		}
	}
	for _, row := range shared.Blocks {
		if _, err := latchkeyrules.ParseAddresses([]string{row.Block}); (err == nil) != row.Valid {
			t.Errorf("%q: %v", row.Block, err)
		}
	}
}

func TestLifeWindowsAndSecretsAreToldByTheRowsThatAllSDKsShare(t *testing.T) {
	shared := sharedRows(t)
	for _, row := range shared.Life {
		if status := row.Key.StatusAt(time.UnixMilli(row.At)); status != row.Status {
			t.Errorf("%+v: %s", row, status)
		}
	}
	for _, row := range shared.Windows {
		start, end, err := latchkeyrules.WindowAt(row.Window, row.At)
		var want time.Time
		if row.End != nil {
			want = *row.End
		}
		if err != nil || !start.Equal(row.Start) || !end.Equal(want) {
			t.Errorf("%+v: %v to %v, %v", row, start, end, err)
		}
	}
	if _, _, err := latchkeyrules.WindowAt("yearly", time.Now()); err == nil {
		t.Error("a year is a window")
	}
	for _, row := range shared.Secrets {
		if shape := latchkeyrules.ShapeOf(row.Text); shape != row.Shape {
			t.Errorf("%q: %s", row.Text, shape)
		}
	}
}
