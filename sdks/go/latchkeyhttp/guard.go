package latchkeyhttp

import (
	"context"
	"net/http"
	"time"

	"latchkey.example/go"
)

// Guard lets requests through whose key may be used. Only Keys is needed.
type Guard struct {
	// Keys decides: a *latchkey.Client, or a fake of latchkeytest.
	Keys latchkey.Verifier
	// Demand says what a request needs: permissions, a charge, units of rate limits. Key and IP are filled in. Without it a
	// request needs a key that may be used.
	Demand func(*http.Request) latchkey.VerifyRequest
	// Proxies are those whose X-Forwarded-For is believed; none unless given.
	Proxies Proxies
	// Refuse answers in a way of your own; unless given, [Refusal.Write] does.
	Refuse func(http.ResponseWriter, *http.Request, *Refusal)
}

type verdictKey struct{}

// Wrap makes a handler that asks for every request, hands it on with its verdict ([VerdictOf]) when the key may be used, and
// answers it otherwise. Without a decision nobody is let in.
func (g Guard) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		verdict, err := g.verify(r)
		refused := RefusalOf(verdict, err, time.Now())
		switch {
		case refused == nil:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), verdictKey{}, verdict)))
		case g.Refuse != nil:
			g.Refuse(w, r, refused)
		default:
			refused.Write(w)
		}
	})
}

func (g Guard) verify(r *http.Request) (*latchkey.Verdict, error) {
	key, err := KeyFrom(r)
	if err != nil {
		return nil, err
	}
	var request latchkey.VerifyRequest
	if g.Demand != nil {
		request = g.Demand(r)
	}
	request.Key, request.IP = key, g.Proxies.ClientAddress(r)
	return g.Keys.Verify(r.Context(), request)
}

// VerdictOf is the verdict on the key of a request that a Guard let through, by the request's context; nil for others.
func VerdictOf(ctx context.Context) *latchkey.Verdict {
	verdict, _ := ctx.Value(verdictKey{}).(*latchkey.Verdict)
	return verdict
}
