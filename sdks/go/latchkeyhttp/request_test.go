package latchkeyhttp_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"latchkey.example/go/latchkeyhttp"
)

// requestWith is a request with these headers, each a name and a value.
func requestWith(headers ...[2]string) *http.Request {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, header := range headers {
		request.Header.Add(header[0], header[1])
	}
	return request
}

// The rows are those of the server's own test of credentials: a gateway must read a request as the server would.
func TestTheKeyOfARequestIsReadAsTheServerReadsIt(t *testing.T) {
	const auth, own = "Authorization", "X-Api-Key"
	cases := []struct {
		headers [][2]string
		key     string
		err     error
	}{
		{[][2]string{{auth, "Bearer lk_1"}}, "lk_1", nil},
		{[][2]string{{auth, "bearer   lk_1 "}}, "lk_1", nil},
		{[][2]string{{auth, "BEARER\tlk_1"}}, "lk_1", nil},
		{[][2]string{{own, "lk_1"}}, "lk_1", nil},
		{[][2]string{{own, "lk_1"}, {auth, "Bearer lk_1"}}, "lk_1", nil},
		{[][2]string{{own, ""}, {auth, "Bearer lk_1"}}, "lk_1", nil},
		{[][2]string{{own, "lk_1"}, {auth, "Basic bGs6MQ=="}}, "lk_1", nil},
		{[][2]string{{own, "lk_1"}, {auth, "Bearer"}}, "lk_1", nil},
		{[][2]string{{own, "lk_1"}, {auth, "Bearer  "}}, "lk_1", nil},
		{[][2]string{{own, "lk_1, lk_1"}}, "lk_1", nil},
		{[][2]string{{auth, "Basic bGs6MQ==, Bearer lk_1"}}, "lk_1", nil},
		{[][2]string{{auth, "Basic bGs6MQ=="}, {auth, "Bearer lk_1"}}, "lk_1", nil},
		{[][2]string{{auth, `Bearer a,b"c=`}}, `a,b"c=`, nil},
		{nil, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{auth, ""}}, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{auth, "Bearer"}}, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{auth, "Basic bGs6MQ=="}}, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{auth, "lk_1"}}, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{auth, "Bearerlk_1"}}, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{auth, "Bear"}}, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{auth, `Digest username="x, Bearer lk_1", realm="\", Bearer lk_2"`}}, "", latchkeyhttp.ErrNoKey},
		{[][2]string{{own, "lk_1"}, {auth, "Bearer lk_2"}}, "", latchkeyhttp.ErrTwoKeys},
		{[][2]string{{own, "lk_1, lk_2"}}, "", latchkeyhttp.ErrTwoKeys},
		{[][2]string{{own, "lk_1"}, {own, "lk_2"}}, "", latchkeyhttp.ErrTwoKeys},
		{[][2]string{{auth, "Bearer lk_1, Bearer lk_2"}}, "", latchkeyhttp.ErrTwoKeys},
		{[][2]string{{auth, "Bearer lk_1"}, {auth, "Bearer lk_2"}}, "", latchkeyhttp.ErrTwoKeys},
		{[][2]string{{auth, "Bearer a b"}}, "", latchkeyhttp.ErrNotAKey},
		{[][2]string{{own, "a b"}}, "", latchkeyhttp.ErrNotAKey},
		{[][2]string{{own, "lk_é"}}, "", latchkeyhttp.ErrNotAKey},
		{[][2]string{{own, "lk_\x7f"}}, "", latchkeyhttp.ErrNotAKey},
		{[][2]string{{own, strings.Repeat("a", 256)}}, strings.Repeat("a", 256), nil},
		{[][2]string{{own, strings.Repeat("a", 257)}}, "", latchkeyhttp.ErrNotAKey},
	}
	for _, c := range cases {
		if key, err := latchkeyhttp.KeyFrom(requestWith(c.headers...)); key != c.key || !errors.Is(err, c.err) {
			t.Errorf("%q: %q, %v", c.headers, key, err)
		}
	}
}

func TestOnlyBearerTokensAndApiKeysCountAndAllOfThemMustAgree(t *testing.T) {
	seen := map[error]int{}
	pick := func(from ...string) string { return from[rand.IntN(len(from))] }
	for range 5_000 {
		var headers [][2]string
		var keys []string
		for range rand.IntN(4) {
			key := pick("lk_1", "lk_1", "lk_1", "lk_2", `a"b`)
			switch rand.IntN(4) {
			case 0:
				headers = append(headers, [2]string{"Authorization", pick("Bearer ", "bearer  ") + key})
				keys = append(keys, key)
			case 1:
				headers = append(headers, [2]string{"X-Api-Key", key})
				keys = append(keys, key)
			case 2:
				headers = append(headers, [2]string{"Authorization", `Digest a="x, Bearer lk_3", b="\"", c="\\"`})
			case 3:
				headers = append(headers, [2]string{pick("Authorization", "X-Api-Key"), pick("", " ")})
			}
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		want, wantErr := "", latchkeyhttp.ErrNoKey
		switch {
		case len(keys) == 1:
			want, wantErr = keys[0], nil
		case len(keys) > 1:
			wantErr = latchkeyhttp.ErrTwoKeys
		}
		seen[wantErr]++
		if key, err := latchkeyhttp.KeyFrom(requestWith(headers...)); key != want || !errors.Is(err, wantErr) {
			t.Fatalf("%q: %q, %v", headers, key, err)
		}
	}
	t.Logf("%d with one key, %d without, %d with several", seen[nil], seen[latchkeyhttp.ErrNoKey], seen[latchkeyhttp.ErrTwoKeys])
	if seen[nil] < 500 || seen[latchkeyhttp.ErrNoKey] < 500 || seen[latchkeyhttp.ErrTwoKeys] < 500 {
		t.Error("the cases are not spread")
	}
}

// The rows are those of the server's own test of addresses.
func TestTheClientsAddressIsFoundAsTheServerFindsIt(t *testing.T) {
	trusted, err := latchkeyhttp.ParseProxies("10.0.0.0/8, ::1,192.0.2.7 , ")
	if err != nil || len(trusted) != 3 {
		t.Fatal(trusted, err)
	}
	cases := []struct{ name, peer, forwarded, want string }{
		{"an untrusted peer is the client, whatever it claims", "203.0.113.9:1", "198.51.100.1", "203.0.113.9"},
		{"a trusted proxy tells the client", "10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"a single address is a proxy too", "192.0.2.7:1", "198.51.100.1", "198.51.100.1"},
		{"a chain of trusted proxies is walked from the right", "10.0.0.1:1", "198.51.100.1, 10.0.0.3", "198.51.100.1"},
		{"what a client put in front is not believed", "10.0.0.1:1", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		{"also not behind a trusted address of its own invention", "10.0.0.1:1", "1.1.1.1, 10.0.0.9, 198.51.100.1", "198.51.100.1"},
		{"what a proxy names and is no address is nobody, and not the proxy", "10.0.0.1:1", "x, 10.0.0.3", ""},
		{"only proxies in the chain: the leftmost of them", "10.0.0.1:1", "10.0.0.2", "10.0.0.2"},
		{"an empty header changes nothing", "10.0.0.1:1", "", "10.0.0.1"},
		{"IPv4 inside IPv6 is its IPv4 self", "[::ffff:10.0.0.1]:1", "::ffff:198.51.100.1", "198.51.100.1"},
		{"IPv6 in brackets", "[::1]:1", "[2001:db8::1]:443", "2001:db8::1"},
		{"zones are of no concern", "[fe80::1%eth0]:1", "", "fe80::1"},
		{"leading zeros are no address", "10.0.0.1:1", "010.1.1.1", ""},
		{"a socket without an address has none", "@", "198.51.100.1", ""},
		{"nor has nothing", "", "198.51.100.1", ""},
	}
	for _, c := range cases {
		request := requestWith([2]string{"X-Forwarded-For", c.forwarded})
		request.RemoteAddr = c.peer
		if got := trusted.ClientAddress(request); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
		if got := latchkeyhttp.Proxies(nil).ClientAddress(request); strings.Contains(c.peer, "10.0.0.1") && got != "10.0.0.1" {
			t.Errorf("%s: %q is believed without a proxy", c.name, got)
		}
	}
	split := requestWith([2]string{"X-Forwarded-For", "1.1.1.1"}, [2]string{"X-Forwarded-For", "198.51.100.1, 10.0.0.3"})
	split.RemoteAddr = "10.0.0.1:1"
	if got := trusted.ClientAddress(split); got != "198.51.100.1" {
		t.Errorf("two headers: %q", got)
	}
}

func TestWhatIsNoAddressIsNoProxy(t *testing.T) {
	for _, text := range []string{"localhost", "10.0.0.0/33", "10.0.0/8", "*", "10.0.0.1;10.0.0.2", "10.0.0.1-10.0.0.9"} {
		if proxies, err := latchkeyhttp.ParseProxies(text); err == nil {
			t.Errorf("%q is %v", text, proxies)
		}
	}
	if proxies, err := latchkeyhttp.ParseProxies(""); err != nil || len(proxies) != 0 {
		t.Errorf("%v, %v", proxies, err)
	}
}
