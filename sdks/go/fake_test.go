package latchkey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"latchkey.example/go"
	"latchkey.example/go/latchkeytest"
)

// A fake that answers otherwise than the server would make tests pass that must fail. So both play the same scene.

type keysAndMoney interface {
	latchkey.Verifier
	latchkey.Reserver
}

// scene makes calls that follow each other and writes down what they answer, without ids and times.
type scene struct {
	server keysAndMoney
	lines  []string
}

func (s *scene) verify(request latchkey.VerifyRequest) *latchkey.Verdict {
	verdict, err := s.server.Verify(context.Background(), request)
	if err != nil {
		s.note("verify", failureOf(err))
		return nil
	}
	text := fmt.Sprintf("%v %s, key %v, charged %s, again %v", verdict.Valid, verdict.Code, verdict.KeyID != "", amountOf(verdict.Charged), verdict.Replayed)
	if verdict.Reservation != nil {
		text += fmt.Sprintf(", holds %s %s", verdict.Reservation.Amount, verdict.Reservation.State)
	}
	s.note("verify", fmt.Sprintf("%s%s%s, crossed %v", text, limitsOf(verdict.Budget), boundOf(verdict.Bound), verdict.Crossed))
	return verdict
}

func (s *scene) reserve(request latchkey.ReserveRequest) string {
	reserved, err := s.server.Reserve(context.Background(), request)
	if err != nil {
		s.note("reserve", failureOf(err))
		return ""
	}
	s.note("reserve", fmt.Sprintf("again %v, ", reserved.Replayed)+reservationOf(&reserved.Reservation, nil)+limitsOf(reserved.Budget))
	return reserved.ID
}

func (s *scene) extend(id string, request latchkey.ExtendRequest) {
	extended, err := s.server.Extend(context.Background(), id, request)
	if err != nil {
		s.note("extend", failureOf(err))
		return
	}
	s.note("extend", reservationOf(&extended.Reservation, nil)+limitsOf(extended.Budget))
}

func (s *scene) settle(id string, request latchkey.SettleRequest) {
	s.note("settle", reservationOf(s.server.Settle(context.Background(), id, request)))
}

func (s *scene) release(id string) {
	s.note("release", reservationOf(s.server.Release(context.Background(), id)))
}

func (s *scene) note(call, what string) { s.lines = append(s.lines, call+": "+what) }

func reservationOf(r *latchkey.Reservation, err error) string {
	if err != nil {
		return failureOf(err)
	}
	late := r.Late != nil && *r.Late
	return fmt.Sprintf("%s %s, settled %s, byok %s, released %s, over %s, late %v, meta %v, ended %v, named %v, else %s, crossed %v%s", r.Amount, r.State,
		amountOf(r.Settled), amountOf(r.BYOKSettled), amountOf(r.Released), amountOf(r.Overdraft), late, r.Meta, r.ResolvedAt != nil, r.RequestID != nil, r.OnExpiry, r.Crossed, limitsOf(r.Budget))
}

func amountOf(amount *latchkey.USD) string {
	if amount == nil {
		return "none"
	}
	return string(*amount)
}

func limitsOf(limits []latchkey.LimitView) string {
	text := ""
	for _, limit := range limits {
		text += fmt.Sprintf(", %s %s: %s-%s-%s=%s", limit.Scope, "limit", limit.Limit, limit.Spent, limit.Reserved, limit.Remaining)
	}
	return text
}

func boundOf(limit *latchkey.LimitView) string {
	if limit == nil {
		return ""
	}
	return ", bound" + limitsOf([]latchkey.LimitView{*limit})
}

func failureOf(err error) string {
	var failed *latchkey.Error
	if !errors.As(err, &failed) {
		return "an error of another kind: " + err.Error()
	}
	return fmt.Sprintf("%d %s%s", failed.Status, failed.Code, boundOf(failed.Bound))
}

// play is the scene: keys without a limit, with one of 10 USD, and disabled.
func play(server keysAndMoney, wide, limited, disabled string) []string {
	s := &scene{server: server}
	for _, key := range []string{wide, limited, disabled, "lk_of_nobody", ""} {
		s.verify(latchkey.VerifyRequest{Key: key})
	}
	charge := latchkey.VerifyRequest{Key: limited, Charge: latchkey.Amount("4"), RequestID: "c1"}
	s.verify(charge)
	s.verify(charge)
	charge.Charge = latchkey.Amount("5")
	s.verify(charge)
	s.verify(latchkey.VerifyRequest{Key: limited, Charge: latchkey.Amount("6.000000001")})
	s.verify(latchkey.VerifyRequest{Key: limited, Charge: latchkey.Amount("0")})
	s.verify(latchkey.VerifyRequest{Key: limited, Charge: latchkey.Amount("-1")})
	s.verify(latchkey.VerifyRequest{Key: limited, Charge: latchkey.Amount("")})
	s.verify(latchkey.VerifyRequest{Key: limited, Charge: latchkey.Amount("1"), Reserve: latchkey.Amount("1")})
	if held := s.verify(latchkey.VerifyRequest{Key: limited, Reserve: latchkey.Amount("1"), RequestID: "h1"}); held != nil && held.Reservation != nil {
		s.verify(latchkey.VerifyRequest{Key: limited, Reserve: latchkey.Amount("1"), RequestID: "h1"})
		s.release(held.Reservation.ID)
		s.release(held.Reservation.ID)
		s.settle(held.Reservation.ID, latchkey.SettleRequest{Amount: "0.5"})
		s.verify(latchkey.VerifyRequest{Key: limited, Reserve: latchkey.Amount("1"), RequestID: "h1"})
	}
	for _, request := range []latchkey.ReserveRequest{
		{Key: "lk_of_nobody", Amount: "1"}, {Key: disabled, Amount: "1"}, {Amount: "1"}, {Key: limited, KeyID: "x", Amount: "1"}, {Key: limited, Amount: "x"}, {Key: limited, Amount: "7"},
	} {
		s.reserve(request)
	}
	cost := latchkey.SettleRequest{Amount: "0.25", BYOKAmount: "0.125", Meta: map[string]string{"model": "small"}}
	id := s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "2", RequestID: "r1"})
	s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "2", RequestID: "r1"})
	s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "3", RequestID: "r1"})
	s.verify(latchkey.VerifyRequest{Key: limited, Charge: latchkey.Amount("4.5")})
	s.settle(id, latchkey.SettleRequest{})
	s.settle(id, latchkey.SettleRequest{Amount: "1", UnknownCost: latchkey.ChargeHeld})
	s.settle(id, latchkey.SettleRequest{UnknownCost: "guess"})
	s.settle(id, latchkey.SettleRequest{Amount: "x"})
	s.settle(id, cost)
	s.settle(id, cost)
	cost.Meta = nil
	s.settle(id, cost)
	s.release(id)
	for _, request := range []latchkey.SettleRequest{{UnknownCost: latchkey.ChargeHeld}, {UnknownCost: latchkey.ChargeNothing}, {Amount: "1.5"}} {
		id = s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "1"})
		s.settle(id, request)
	}
	id = s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "1", RequestID: "e1", OnExpiry: latchkey.OnExpirySettle})
	for _, request := range []latchkey.ExtendRequest{
		{TTLSeconds: 900}, {TTLSeconds: 60, Amount: "1.5"}, {TTLSeconds: 60, Amount: "1.5"}, {TTLSeconds: 60, Amount: "0.5"}, {TTLSeconds: 60, Amount: "99"},
		{Amount: "2"}, {TTLSeconds: -1}, {TTLSeconds: 604801}, {TTLSeconds: 60, Amount: "0"}, {TTLSeconds: 60, Amount: "x"}, {TTLSeconds: 604800},
	} {
		s.extend(id, request)
	}
	s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "1", RequestID: "e1", OnExpiry: latchkey.OnExpirySettle})
	s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "1", RequestID: "e1"})
	s.reserve(latchkey.ReserveRequest{Key: limited, Amount: "1.5", RequestID: "e1", OnExpiry: latchkey.OnExpirySettle})
	s.settle(id, latchkey.SettleRequest{Amount: "0.5"})
	s.extend(id, latchkey.ExtendRequest{TTLSeconds: 60})
	s.extend("of-nobody", latchkey.ExtendRequest{TTLSeconds: 60})
	s.release("019aab62-7c00-7b3c-8e1f-00000000000d")
	s.settle("of-nobody", latchkey.SettleRequest{Amount: "1"})
	s.verify(latchkey.VerifyRequest{Key: limited})
	return s.lines
}

func TestTheFakeAnswersAsTheServerDoes(t *testing.T) {
	bench := benchURL(t)
	var live stage
	ask(t, http.MethodPost, bench+"/live", struct{}{}, &live)
	secret := func(name string) string { return live.Values["secret:"+name].(string) }
	wide, limited, disabled := secret("wide"), secret("limited"), secret("disabled")
	client := latchkey.New(latchkey.WithBaseURL(live.URL), latchkey.WithAPIKey(secret("root")))
	real := play(client, wide, limited, disabled)
	faked := play(latchkeytest.NewFake(
		latchkeytest.Key{Secret: wide}, latchkeytest.Key{Secret: limited, Limit: "10"}, latchkeytest.Key{Secret: disabled, Refused: latchkey.CodeDisabled},
	), wide, limited, disabled)
	if len(real) != len(faked) {
		t.Fatalf("%d answers and %d", len(real), len(faked))
	}
	for index := range real {
		if real[index] != faked[index] {
			t.Errorf("answer %d\nserver %s\n  fake %s", index+1, real[index], faked[index])
		}
	}
	t.Logf("%d answers were compared", len(real))
	if len(real) < 45 {
		t.Error("the scene broke off")
	}
	client.CloseIdleConnections()
	var ended struct{ Errors []string }
	ask(t, http.MethodDelete, fmt.Sprintf("%s/live/%d", bench, live.ID), nil, &ended)
	if len(ended.Errors) > 0 {
		t.Error(ended.Errors)
	}
}
