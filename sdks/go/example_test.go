package latchkey_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"latchkey.example/go"
)

const exampleKey = `{"hash":"419c0d50afa69169","name":"billing","label":"lk_003...tQq","limit":25,"limit_remaining":25,"limit_reset":"monthly"}`

// exampleServer answers as a server would that knows one key with 5 USD left.
func exampleServer() *httptest.Server {
	answers := map[string]string{
		"POST /v2/verify": `{"valid":true,"code":"VALID","keyId":"019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e","name":"billing","labels":{},"permissions":[],
			"budget":[{"scope":"key","window":"daily","limit":"10","spent":"5","reserved":"0","remaining":"5"}],"rateLimits":[],"revision":3}`,
		"POST /v2/reservations":            `{"id":"r1","keyId":"019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e","state":"open","amount":"1","budget":[]}`,
		"POST /v2/reservations/r1/settle":  `{"id":"r1","keyId":"019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e","state":"settled","amount":"1","settled":"0.25","released":"0.75","overdraft":"0","late":false}`,
		"POST /v2/reservations/r1/release": `{"id":"r1","keyId":"019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e","state":"released","amount":"1","released":"1"}`,
		"POST /api/v1/keys":                `{"data":` + exampleKey + `,"key":"lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq"}`,
		"GET /api/v1/keys":                 `{"data":[` + exampleKey + `]}`,
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text, known := answers[r.Method+" "+r.URL.Path]
		status := http.StatusOK
		switch {
		case !known:
			status, text = http.StatusNotFound, `{"code":"route_not_found","detail":"There is nothing here."}`
		case strings.Contains(string(body), `"amount":"900"`):
			status, text = http.StatusPaymentRequired, `{"code":"BUDGET_EXCEEDED","detail":"The daily limit of the key has 5 USD left.","requestId":"req-1",
				"bound":{"scope":"key","window":"daily","limit":"10","spent":"5","reserved":"0","remaining":"5"}}`
		case strings.Contains(string(body), "of nobody"):
			text = `{"valid":false,"code":"NOT_FOUND"}`
		case r.Method == http.MethodPost && !strings.Contains(r.URL.Path, "verify") && strings.HasSuffix(r.URL.Path, "s"):
			status = http.StatusCreated
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
}

func ExampleClient_Verify() {
	server := exampleServer()
	defer server.Close()
	client := latchkey.New(latchkey.WithBaseURL(server.URL), latchkey.WithAPIKey("the gateway's key"))

	for _, key := range []string{"lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq", "the key of nobody"} {
		verdict, err := client.Verify(context.Background(), latchkey.VerifyRequest{Key: key, Permissions: "documents.read"})
		if err != nil {
			fmt.Println("no decision:", err)
			return
		}
		fmt.Println(verdict.Valid, verdict.Code, verdict.Name)
	}
	// Output:
	// true VALID billing
	// false NOT_FOUND
}

func ExampleClient_Reserve() {
	server := exampleServer()
	defer server.Close()
	client := latchkey.New(latchkey.WithBaseURL(server.URL), latchkey.WithAPIKey("the gateway's key"))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	held, err := client.Reserve(ctx, latchkey.ReserveRequest{KeyID: "019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e", Amount: "1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	settled, err := client.Settle(ctx, held.ID, latchkey.SettleRequest{Amount: "0.25", Meta: map[string]string{"model": "large"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(settled.State, *settled.Settled, "and back came", *settled.Released)
	// Output: settled 0.25 and back came 0.75
}

func ExampleClient_Release() {
	server := exampleServer()
	defer server.Close()
	client := latchkey.New(latchkey.WithBaseURL(server.URL), latchkey.WithAPIKey("the gateway's key"))

	released, err := client.Release(context.Background(), "r1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(released.State, *released.Released)
	// Output: released 1
}

func ExampleError() {
	server := exampleServer()
	defer server.Close()
	client := latchkey.New(latchkey.WithBaseURL(server.URL), latchkey.WithAPIKey("the gateway's key"))

	_, err := client.Reserve(context.Background(), latchkey.ReserveRequest{KeyID: "k", Amount: "900"})
	var refused *latchkey.Error
	if errors.As(err, &refused) && refused.Code == latchkey.CodeBudgetExceeded {
		fmt.Printf("the %s limit has %s USD left\n", refused.Bound.Window, refused.Bound.Remaining)
	}
	// Output: the daily limit has 5 USD left
}

func ExampleUSD_Nano() {
	nano, err := latchkey.USD("74.5").Nano()
	fmt.Println(nano, err)
	fmt.Println(latchkey.USDFromNano(nano / 2))
	// Output:
	// 74500000000 <nil>
	// 37.25
}
