// Package latchkey is the client of a Latchkey server: it asks whether a key may be used now, and holds, spends and
// gives back the money of keys.
//
//	client := latchkey.New(latchkey.WithAPIKey(os.Getenv("GATEWAY_KEY")))
//	verdict, err := client.Verify(ctx, latchkey.VerifyRequest{Key: key, Permissions: "documents.read"})
//	if err != nil {
//		return err // no decision: let nobody in
//	}
//	if !verdict.Valid {
//		return refuse(verdict.Code)
//	}
//
// A refusal is a [Verdict] and not an error. Errors are [*Error] for an answer of the server that is no success, whose
// [Code] errors.Is finds, [ErrMalformed] for one that cannot be understood, the context's error when time is up, and
// otherwise what the connection said.
//
// Every call may be repeated on a bad network without taking money twice: what takes money carries an id that the
// server knows again. See [RetryConfig].
//
// The package latchkey.example/go/latchkeyhttp guards a net/http server, latchkey.example/go/latchkeyrules decides by the
// server's rules without it, latchkey.example/go/latchkeytest is for the tests
// of callers, and latchkey.example/go/openrouter manages keys.
package latchkey
