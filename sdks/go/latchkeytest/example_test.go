package latchkeytest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"latchkey.example/go"
	"latchkey.example/go/latchkeytest"
	"latchkey.example/go/openrouter"
)

// reports is a program's own code: it lets in whose key may read reports, at a cent each.
func reports(keys latchkey.Verifier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		verdict, err := keys.Verify(r.Context(), latchkey.VerifyRequest{
			Key: r.Header.Get("X-Api-Key"), Permissions: "reports.read", Charge: latchkey.Amount("0.01"),
		})
		switch {
		case err != nil:
			w.WriteHeader(http.StatusServiceUnavailable)
		case verdict.Code == latchkey.CodeBudgetExceeded:
			w.WriteHeader(http.StatusPaymentRequired)
		case !verdict.Valid:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			fmt.Fprint(w, "the report")
		}
	})
}

func ExampleFake() {
	fake := latchkeytest.NewFake(
		latchkeytest.Key{Secret: "of a reader", Permissions: []string{"reports.read"}, Limit: "0.01"},
		latchkeytest.Key{Secret: "of the past", Refused: latchkey.CodeExpired},
	)
	handler := reports(fake)
	status := func(key string) int {
		request := httptest.NewRequest(http.MethodGet, "/reports/7", nil)
		request.Header.Set("X-Api-Key", key)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Code
	}
	fmt.Println("a reader:", status("of a reader"), "and then:", status("of a reader"))
	fmt.Println("expired:", status("of the past"), "unknown:", status("of nobody"))

	fake.Fail(io.ErrUnexpectedEOF)
	fmt.Println("without a server:", status("of a reader"))
	fmt.Println(len(fake.Calls()), "calls,", fake.Spent("of a reader"), "USD")
	// Output:
	// a reader: 200 and then: 402
	// expired: 401 unknown: 401
	// without a server: 503
	// 5 calls, 0.01 USD
}

func ExampleSender() {
	// A real client of the other package, whose requests a function answers.
	client := openrouter.New(openrouter.WithClient(latchkeytest.Sender(func(request *http.Request) (*http.Response, error) {
		fmt.Println(request.Method, request.URL.Path)
		return latchkeytest.JSON(http.StatusOK, `{"data":{"hash":"419c0d50afa69169","name":"billing"}}`), nil
	})))
	key, err := client.APIKeys.Get(context.Background(), "419c0d50afa69169")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key.Data.Name)
	// Output:
	// GET /api/v1/keys/419c0d50afa69169
	// billing
}
