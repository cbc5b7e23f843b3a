// Package openrouter manages the keys of a Latchkey server, and shows their usage, with the names, types and behaviour of OpenRouter's Go SDK.
// To switch a program, replace the import prefix github.com/OpenRouterTeam/go-sdk by latchkey.example/go/openrouter and
// name the server:
//
//	client := openrouter.New(
//		openrouter.WithServerURL("https://keys.example.com/api/v1"),
//		openrouter.WithSecurity(os.Getenv("OPENROUTER_API_KEY")),
//	)
//	created, err := client.APIKeys.Create(ctx, operations.CreateKeysRequest{Name: "billing"})
//
// The keys, the credits and the activity are offered, not the other services. Verifying keys and spending their money is
// [OpenRouter.Latchkey].
//
// Errors are those of models/sdkerrors, the context's as they are, and otherwise what the connection said. Calls are
// repeated after statuses of 500 and more and after failed connections, for up to an hour; see [WithRetryConfig].
package openrouter
