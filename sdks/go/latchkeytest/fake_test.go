package latchkeytest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey.example/go"
	"latchkey.example/go/latchkeytest"
)

func TestAFakeNeverSpendsBeyondItsLimit(t *testing.T) {
	const workers, each = 32, 50
	fake := latchkeytest.NewFake(latchkeytest.Key{Secret: "k", ID: "key", Limit: "1"})
	var charged, held, refused atomic.Int64
	var group sync.WaitGroup
	for worker := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for range each {
				if worker%2 == 0 {
					verdict, err := fake.Verify(context.Background(), latchkey.VerifyRequest{Key: "k", Charge: latchkey.Amount("0.01")})
					if err != nil {
						t.Error(err)
					} else if verdict.Valid {
						charged.Add(1)
					} else {
						refused.Add(1)
					}
					continue
				}
				reserved, err := fake.Reserve(context.Background(), latchkey.ReserveRequest{KeyID: "key", Amount: "0.02"})
				if err != nil {
					refused.Add(1)
					continue
				}
				held.Add(1)
				if _, err := fake.Settle(context.Background(), reserved.ID, latchkey.SettleRequest{Amount: "0.01"}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	t.Logf("%d charged, %d held, %d refused", charged.Load(), held.Load(), refused.Load())
	nano, err := fake.Spent("k").Nano()
	if cents := charged.Load() + held.Load(); err != nil || nano != cents*10_000_000 || cents > 100 || cents < 99 || refused.Load() == 0 {
		t.Errorf("%d nano-USD spent by %d calls, %v", nano, cents, err)
	}
}

func TestAHoldRunsOut(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	fake := latchkeytest.NewFake(latchkeytest.Key{Secret: "k", Limit: "1"})
	fake.Now = func() time.Time { return now }
	held, err := fake.Reserve(context.Background(), latchkey.ReserveRequest{Key: "k", Amount: "1", TTLSeconds: 60, RequestID: "r"})
	if err != nil || !held.ExpiresAt.Equal(now.Add(time.Minute)) || held.Budget[0].Remaining != "0" {
		t.Fatalf("%+v, %v", held, err)
	}
	if verdict, err := fake.Verify(context.Background(), latchkey.VerifyRequest{Key: "k", Charge: latchkey.Amount("0.1")}); err != nil || verdict.Code != latchkey.CodeBudgetExceeded {
		t.Errorf("what is held was spent: %+v, %v", verdict, err)
	}
	now = now.Add(time.Minute)
	again, err := fake.Reserve(context.Background(), latchkey.ReserveRequest{Key: "k", Amount: "1", RequestID: "r"})
	if err != nil || again.ID != held.ID || again.State != latchkey.StateExpired || again.Budget[0].Remaining != "1" {
		t.Errorf("%+v, %v", again, err)
	}
	settled, err := fake.Settle(context.Background(), held.ID, latchkey.SettleRequest{Amount: "0.25"})
	if err != nil || !*settled.Late || *settled.Overdraft != "0.25" || *settled.Released != "0" || fake.Spent("k") != "0.25" {
		t.Errorf("%+v, %v", settled, err)
	}
}

func TestAHoldIsChargedWhereThatWasAskedForAndLastsAsLongAsItWasExtended(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	fake, ctx := latchkeytest.NewFake(latchkeytest.Key{Secret: "k", Limit: "2"}), context.Background()
	fake.Now = func() time.Time { return now }
	held, err := fake.Verify(ctx, latchkey.VerifyRequest{Key: "k", Reserve: latchkey.Amount("1"), ReserveTTLSeconds: 60, ReserveOnExpiry: latchkey.OnExpirySettle})
	if err != nil || !held.Valid {
		t.Fatalf("%+v, %v", held, err)
	}
	id := held.Reservation.ID
	now = now.Add(59 * time.Second)
	extended, err := fake.Extend(ctx, id, latchkey.ExtendRequest{TTLSeconds: 60, Amount: "1.5"})
	if err != nil || !extended.ExpiresAt.Equal(now.Add(time.Minute)) || extended.Amount != "1.5" || extended.Budget[0].Remaining != "0.5" {
		t.Fatalf("%+v, %v", extended, err)
	}
	now = now.Add(59 * time.Second)
	if fake.Spent("k") != "0" {
		t.Errorf("%s was spent too early", fake.Spent("k"))
	}
	now = now.Add(time.Second)
	if fake.Spent("k") != "1.5" {
		t.Errorf("%s was charged", fake.Spent("k"))
	}
	if _, err := fake.Extend(ctx, id, latchkey.ExtendRequest{TTLSeconds: 60}); !errors.Is(err, latchkey.FaultReservationResolved) {
		t.Error(err)
	}
	if _, err := fake.Release(ctx, id); !errors.Is(err, latchkey.FaultReservationResolved) {
		t.Error(err)
	}
	settled, err := fake.Settle(ctx, id, latchkey.SettleRequest{Amount: "1.5"})
	if err != nil || *settled.Late || *settled.Overdraft != "0" || fake.Spent("k") != "1.5" {
		t.Errorf("%+v, %v", settled, err)
	}
}

func TestAFakeTellsWhatItCannotDecide(t *testing.T) {
	fake := latchkeytest.NewFake(latchkeytest.Key{Secret: "k", Permissions: []string{"a", "b"}})
	verify := func(request latchkey.VerifyRequest) string {
		request.Key = "k"
		verdict, err := fake.Verify(context.Background(), request)
		if err != nil {
			return "error"
		}
		return string(verdict.Code)
	}
	for _, c := range []struct {
		request latchkey.VerifyRequest
		want    string
	}{
		{latchkey.VerifyRequest{}, "VALID"},
		{latchkey.VerifyRequest{Permissions: "a"}, "VALID"},
		{latchkey.VerifyRequest{Permissions: "c"}, "INSUFFICIENT_PERMISSIONS"},
		{latchkey.VerifyRequest{AllPermissions: []string{"a", "b"}}, "VALID"},
		{latchkey.VerifyRequest{AllPermissions: []string{"a", "c"}}, "INSUFFICIENT_PERMISSIONS"},
		{latchkey.VerifyRequest{Permissions: "a or b"}, "error"},
		{latchkey.VerifyRequest{Permissions: "a", AllPermissions: []string{"a"}}, "error"},
	} {
		if got := verify(c.request); got != c.want {
			t.Errorf("%+v: %s", c.request, got)
		}
	}
}

func TestCallsAreNotedAlsoWhenTheyFail(t *testing.T) {
	fake := new(latchkeytest.Fake)
	down := &latchkey.Error{Status: http.StatusServiceUnavailable, Code: "store_unavailable"}
	fake.Fail(down)
	_, err1 := fake.Verify(context.Background(), latchkey.VerifyRequest{Key: "k"})
	_, err2 := fake.Release(context.Background(), "r")
	fake.Fail(nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err3 := fake.Settle(ctx, "r", latchkey.SettleRequest{Amount: "1"})
	if !errors.Is(err1, down) || !errors.Is(err2, down) || !errors.Is(err3, context.Canceled) {
		t.Error(err1, err2, err3)
	}
	if text := fmt.Sprint(fake.Calls()); len(fake.Calls()) != 3 || fake.Calls()[1].ID != "r" || fake.Calls()[0].Request.(latchkey.VerifyRequest).Key != "k" {
		t.Error(text)
	}
}

func TestTheFakeTellsWhenThereIsRoom(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	fake := latchkeytest.NewFake(latchkeytest.Key{Secret: "k", Limit: "10"})
	fake.Now = func() time.Time { return now }
	reserve := func(amount latchkey.USD, ttl int64, end latchkey.OnExpiry) {
		if _, err := fake.Reserve(context.Background(), latchkey.ReserveRequest{Key: "k", Amount: amount, TTLSeconds: ttl, OnExpiry: end}); err != nil {
			t.Fatal(err)
		}
	}
	reserve("2", 90, latchkey.OnExpiryRelease)
	reserve("3", 60, latchkey.OnExpiryRelease)
	reserve("4", 30, latchkey.OnExpirySettle)
	for _, c := range []struct {
		amount latchkey.USD
		wait   time.Duration
	}{{"1.5", time.Minute}, {"4", time.Minute}, {"4.5", 90 * time.Second}, {"6", 90 * time.Second}, {"6.5", 0}, {"11", 0}} {
		var refused *latchkey.Error
		_, err := fake.Reserve(context.Background(), latchkey.ReserveRequest{Key: "k", Amount: c.amount})
		verdict, failed := fake.Verify(context.Background(), latchkey.VerifyRequest{Key: "k", Charge: &c.amount})
		if !errors.As(err, &refused) || failed != nil {
			t.Fatal(err, failed)
		}
		never := c.wait == 0
		if refused.NeverFits != never || verdict.NeverFits != never || refused.RetryAfter != c.wait ||
			(verdict.Bound.ResetsAt == nil) != never || !never && !verdict.Bound.ResetsAt.Equal(now.Add(c.wait)) {
			t.Errorf("%s: %v, %v, never %v", c.amount, refused.RetryAfter, verdict.Bound.ResetsAt, verdict.NeverFits)
		}
	}
}
