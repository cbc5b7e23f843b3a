// Package latchkeytest is for the tests of programs that use Latchkey: a [Fake] in the place of a client, without a
// server and without a network.
//
//	fake := latchkeytest.NewFake(latchkeytest.Key{Secret: "lk_of_a_customer", Limit: "10"})
//	handler := NewHandler(fake) // takes a latchkey.Verifier or latchkey.Reserver
//
// A Fake decides by what its keys say: whether they are refused, which permissions they hold, and how much money is left.
// It holds, spends and gives back money as the server does, also when a call is repeated. It knows one limit for each key,
// which never starts anew, no rate limits, no addresses, and no permission expressions beyond one name or a list.
//
// Where the request itself matters, let a real client send it to a function: see [Sender].
package latchkeytest
