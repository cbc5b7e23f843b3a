package latchkeyhttp_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"latchkey.example/go"
	"latchkey.example/go/latchkeyhttp"
)

// rows are the rules that all SDKs share (docs/sdk-cases.md), as far as this package has them.
type rows struct {
	Proxies     []string `json:"proxies"`
	Credentials []struct {
		Headers [][2]string   `json:"headers"`
		Key     string        `json:"key"`
		Fault   latchkey.Code `json:"fault"`
	} `json:"credentials"`
	Clients []struct {
		Peer         *string `json:"peer"`
		ForwardedFor *string `json:"forwardedFor"`
		Client       *string `json:"client"`
	} `json:"clients"`
}

func sharedRows(t *testing.T) rows {
	t.Helper()
	text, err := os.ReadFile("../../../test/sdk-cases.json")
	if os.IsNotExist(err) {
		t.Skip("SKIPPED: the rows that all SDKs share lie in the repository of Latchkey, not beside this module")
	}
	var file struct {
		Rules rows `json:"rules"`
	}
	if err != nil || json.Unmarshal(text, &file) != nil || len(file.Rules.Credentials) < 20 || len(file.Rules.Clients) < 20 {
		t.Fatal(err, len(file.Rules.Credentials), len(file.Rules.Clients))
	}
	return file.Rules
}

var faults = map[error]latchkey.Code{
	latchkeyhttp.ErrNoKey: latchkey.FaultCredentialMissing, latchkeyhttp.ErrTwoKeys: latchkey.FaultCredentialConflict, latchkeyhttp.ErrNotAKey: latchkey.FaultCredentialInvalid,
}

func TestTheKeyIsReadByTheRowsThatAllSDKsShare(t *testing.T) {
	for _, row := range sharedRows(t).Credentials {
		key, err := latchkeyhttp.KeyFrom(requestWith(row.Headers...))
		var fault latchkey.Code
		for each, code := range faults {
			if errors.Is(err, each) {
				fault = code
			}
		}
		if key != row.Key || fault != row.Fault {
			t.Errorf("%q: %q, %v", row.Headers, key, err)
		}
	}
}

func TestTheClientIsFoundByTheRowsThatAllSDKsShare(t *testing.T) {
	shared := sharedRows(t)
	proxies, err := latchkeyhttp.ParseProxies(strings.Join(shared.Proxies, ","))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range shared.Clients {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = ""
		if row.Peer != nil {
			request.RemoteAddr = net.JoinHostPort(*row.Peer, "1")
		}
		if row.ForwardedFor != nil {
			request.Header.Set("X-Forwarded-For", *row.ForwardedFor)
		}
		want := ""
		if row.Client != nil {
			want = *row.Client
		}
		if got := proxies.ClientAddress(request); got != want {
			t.Errorf("%+v: %q", want, got)
		}
	}
}
