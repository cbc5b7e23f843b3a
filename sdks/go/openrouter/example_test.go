package openrouter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"latchkey.example/go/openrouter"
	"latchkey.example/go/openrouter/models/operations"
	"latchkey.example/go/openrouter/models/sdkerrors"
	"latchkey.example/go/openrouter/optionalnullable"
	"latchkey.example/go/openrouter/retry"
)

// exampleServer answers as a server would that knows one key.
func exampleServer() *httptest.Server {
	key := `{"hash":"419c0d50afa69169","name":"billing","limit":25,"limit_remaining":25,"limit_reset":"monthly"}`
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.Method + " " + r.URL.Path {
		case "POST /api/v1/keys":
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, `{"data":%s,"key":"lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq"}`, key)
		case "GET /api/v1/keys":
			fmt.Fprintf(w, `{"data":[%s]}`, key)
		case "GET /api/v1/keys/419c0d50afa69169":
			fmt.Fprintf(w, `{"data":%s}`, key)
		case "PATCH /api/v1/keys/419c0d50afa69169":
			fmt.Fprint(w, `{"data":{"name":"billing","limit":null}}`)
		case "DELETE /api/v1/keys/419c0d50afa69169":
			fmt.Fprint(w, `{"deleted":true}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":404,"message":"Resource not found"}}`)
		}
	}))
}

func ExampleAPIKeys_Create() {
	server := exampleServer()
	defer server.Close()
	client := openrouter.New(openrouter.WithServerURL(server.URL+"/api/v1"), openrouter.WithSecurity("a managing key"))

	created, err := client.APIKeys.Create(context.Background(), operations.CreateKeysRequest{
		Name:       "billing",
		Limit:      optionalnullable.From(openrouter.Float64(25)),
		LimitReset: optionalnullable.From(operations.CreateKeysLimitResetMonthly.ToPointer()),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(created.Data.Name, *created.Data.Limit, *created.Data.LimitReset)
	fmt.Println("the secret has", len(created.Key), "characters")
	// Output:
	// billing 25 monthly
	// the secret has 52 characters
}

func ExampleAPIKeys_Update() {
	server := exampleServer()
	defer server.Close()
	client := openrouter.New(openrouter.WithServerURL(server.URL+"/api/v1"), openrouter.WithSecurity("a managing key"))

	// Null takes the limit away; the name and all else stay as they are.
	updated, err := client.APIKeys.Update(context.Background(), "419c0d50afa69169", operations.UpdateKeysRequestBody{
		Limit: optionalnullable.From[float64](nil),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(updated.Data.Name, updated.Data.Limit == nil)
	// Output: billing true
}

func ExampleAPIKeys_Get() {
	server := exampleServer()
	defer server.Close()
	client := openrouter.New(openrouter.WithServerURL(server.URL+"/api/v1"), openrouter.WithSecurity("a managing key"))

	for _, hash := range []string{"419c0d50afa69169", "of-nobody"} {
		found, err := client.APIKeys.Get(context.Background(), hash)
		var missing *sdkerrors.NotFoundResponseError
		switch {
		case errors.As(err, &missing):
			fmt.Println(missing.Error_.Message)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println(found.Data.Name)
		}
	}
	// Output:
	// billing
	// Resource not found
}

func ExampleAPIKeys_List() {
	server := exampleServer()
	defer server.Close()
	client := openrouter.New(openrouter.WithServerURL(server.URL+"/api/v1"), openrouter.WithSecurity("a managing key"))

	list, err := client.APIKeys.List(context.Background(), openrouter.Bool(true), nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range list.Data {
		fmt.Println(key.Name)
	}
	// Output: billing
}

func ExampleAPIKeys_Delete() {
	server := exampleServer()
	defer server.Close()
	client := openrouter.New(
		openrouter.WithServerURL(server.URL+"/api/v1"), openrouter.WithSecurity("a managing key"),
		openrouter.WithTimeout(10*time.Second), openrouter.WithRetryConfig(retry.Config{Strategy: "none"}),
	)

	gone, err := client.APIKeys.Delete(context.Background(), "419c0d50afa69169")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(gone.GetDeleted())
	// Output: true
}
