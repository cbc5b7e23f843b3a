// Package latchkeyhttp puts Latchkey in front of a net/http server: it reads the key and the client's address from a
// request, asks whether the key may be used, and answers those who are not let in.
//
//	guard := latchkeyhttp.Guard{Keys: latchkey.New()}
//	http.Handle("/reports/", guard.Wrap(reports))
//
// Its parts serve other frameworks too: [KeyFrom], [Proxies.ClientAddress] and [RefusalOf].
package latchkeyhttp
