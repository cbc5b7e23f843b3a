using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Testing;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The fake for tests of programs: it must say what a server says, or tests that pass prove nothing.</summary>
public sealed class FakeTests
{
    private const string Key = "lk_fake";

    [BenchFact]
    public async Task The_fake_answers_as_a_real_server_does()
    {
        await using LiveServer server = await Bench.Live();
        using LatchkeyClient real = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = server["secret:root"] });
        FakeLatchkeyClient fake = new();
        fake.AddKey(Key, new FakeKey { Limit = 10 });
        List<string> ofReal = await Scenario(real, server["secret:limited"]);
        List<string> ofFake = await Scenario(fake, Key);
        Assert.Equal(ofReal, ofFake);
        Assert.True(ofReal.Count > 20, $"only {ofReal.Count}");
    }

    [Fact]
    public void What_runs_out_holds_nothing_and_is_settled_late()
    {
        Clock clock = new();
        FakeLatchkeyClient fake = new(clock);
        FakeKey key = fake.AddKey(Key, new FakeKey { Limit = 1 });
        string id = fake.Verify(new VerifyRequest { Key = Key, Reserve = 1, ReserveTtlSeconds = 60 }).Reservation!.Id;
        Assert.Equal(VerdictCodes.BudgetExceeded, fake.Verify(new VerifyRequest { Key = Key, Reserve = 1 }).Code);
        Verdict later = fake.Verify(new VerifyRequest { Key = Key, Charge = 1 });
        Verdict never = fake.Verify(new VerifyRequest { Key = Key, Charge = 1.5m });
        Assert.Equal((false, clock.Now.AddSeconds(60)), (later.NeverFits, later.Bound!.Budget!.ResetsAt));
        Assert.Equal((true, null), (never.NeverFits, never.Bound!.Budget!.ResetsAt));
        LatchkeyException refused = Assert.Throws<LatchkeyException>(() => fake.Reserve(new ReserveRequest { Key = Key, Amount = 1 }));
        Assert.Equal((false, TimeSpan.FromSeconds(60)), (refused.NeverFits, refused.RetryAfter));
        refused = Assert.Throws<LatchkeyException>(() => fake.Reserve(new ReserveRequest { Key = Key, Amount = 1.5m }));
        Assert.Equal((true, null), (refused.NeverFits, refused.RetryAfter));
        clock.Now += TimeSpan.FromSeconds(60);
        Assert.Equal(ReservationStates.Expired, Assert.Single(fake.Reservations).State);
        Assert.True(fake.Verify(new VerifyRequest { Key = Key, Reserve = 1 }).Valid);
        Reservation settled = fake.Settle(id, new SettleRequest { Amount = 0.25m });
        Assert.Equal((true, 0.25m, 0m), (settled.Late, settled.Overdraft, settled.Released));
        Assert.Equal(0.25m, fake.SpentBy(key.Id));
    }

    [Fact]
    public void What_runs_out_is_charged_where_that_was_asked_for_and_lasts_as_long_as_it_was_extended()
    {
        Clock clock = new();
        FakeLatchkeyClient fake = new(clock);
        FakeKey key = fake.AddKey(Key, new FakeKey { Limit = 2 });
        VerifyRequest asked = new() { Key = Key, Reserve = 1, ReserveTtlSeconds = 60, ReserveOnExpiry = OnExpiries.Settle };
        string id = fake.Verify(asked).Reservation!.Id;
        clock.Now += TimeSpan.FromSeconds(59);
        Reservation extended = fake.Extend(id, new ExtendRequest { TtlSeconds = 60, Amount = 1.5m });
        Assert.Equal((clock.Now + TimeSpan.FromSeconds(60), 1.5m), (extended.ExpiresAt, extended.Amount));
        clock.Now += TimeSpan.FromSeconds(59);
        Assert.Equal((0m, ReservationStates.Open), (fake.SpentBy(key.Id), Assert.Single(fake.Reservations).State));
        clock.Now += TimeSpan.FromSeconds(1);
        Reservation charged = Assert.Single(fake.Reservations);
        Assert.Equal((ReservationStates.Settled, 1.5m, false, 1.5m), (charged.State, charged.Settled, charged.Late, fake.SpentBy(key.Id)));
        Assert.Equal("reservation_resolved", Assert.Throws<LatchkeyException>(() => fake.Extend(id, new ExtendRequest { TtlSeconds = 60 })).Code);
        Assert.Equal("reservation_resolved", Assert.Throws<LatchkeyException>(() => fake.Release(id)).Code);
        Assert.False(fake.Verify(new VerifyRequest { Key = Key, Charge = 0.6m }).Valid);
    }

    [Fact]
    public async Task It_refuses_fails_and_remembers_as_it_is_told()
    {
        FakeLatchkeyClient fake = new();
        FakeKey key = fake.AddKey(Key);
        key.Code = VerdictCodes.RateLimited;
        key.Bound = new Bound(new RateLimitState { Name = "requests", Limit = 1, Window = TimeSpan.FromMinutes(1), RetryAfter = TimeSpan.FromSeconds(7) });
        Verdict refused = await fake.VerifyAsync(new VerifyRequest { Key = Key, Permissions = "a.b" });
        Assert.Equal((VerdictCodes.RateLimited, key.Id, 7.0), (refused.Code, refused.KeyId, refused.Bound!.RateLimit!.RetryAfter!.Value.TotalSeconds));
        fake.FailNext(new LatchkeyException(LatchkeyFailure.Connection, 0, "no network"));
        fake.FailNext(new LatchkeyException(LatchkeyFailure.Refused, 503, "busy") { Code = "store_unavailable", RetryAfter = TimeSpan.FromSeconds(1) });
        Task<Verdict> failing = fake.VerifyAsync(new VerifyRequest { Key = Key });
        Assert.Equal(LatchkeyFailure.Connection, (await Assert.ThrowsAsync<LatchkeyException>(() => failing)).Failure);
        Assert.Equal("store_unavailable", Assert.Throws<LatchkeyException>(() => fake.Release("r")).Code);
        Assert.Equal("a.b", Assert.Single(fake.Verifies).Permissions!.Expression);
        using CancellationTokenSource cancel = new();
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fake.VerifyAsync(new VerifyRequest { Key = Key }, cancel.Token));
        Assert.Throws<ArgumentNullException>(() => fake.Verify(null!));
    }

    [Fact]
    public void No_limit_is_passed_by_many_at_once()
    {
        const int Calls = 2_000;
        FakeLatchkeyClient fake = new();
        FakeKey key = fake.AddKey(Key, new FakeKey { Limit = 100 });
        int taken = 0;
        Parallel.For(0, Calls, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            if (fake.Verify(new VerifyRequest { Key = Key, Charge = 1 }).Valid) Interlocked.Increment(ref taken);
        });
        Assert.Equal((100, 100m), (taken, fake.SpentBy(key.Id)));
    }

    // What a program can tell the two apart by: codes, states and amounts, not ids and moments.
    private static async Task<List<string>> Scenario(ILatchkeyClient client, string key)
    {
        List<string> seen = [];
        async Task<Verdict> Verify(VerifyRequest request)
        {
            Verdict verdict = await client.VerifyAsync(request);
            Budget? total = verdict.Budget?.FirstOrDefault(one => one.Scope == "key");
            seen.Add($"{verdict.Valid} {verdict.Code} {verdict.KeyId is not null} {verdict.Charged} {string.Join('+', verdict.Crossed ?? [])} {verdict.Replayed} {verdict.Reservation?.State} {verdict.Reservation?.Amount} {verdict.Bound?.Budget?.Remaining} {total?.Spent} {total?.Reserved} {total?.Remaining}");
            return verdict;
        }

        async Task<Reservation?> Do(Func<Task<Reservation>> call)
        {
            try
            {
                Reservation held = await call();
                seen.Add($"{held.State} {held.Amount} {held.Settled} {held.ByokSettled} {held.Released} {held.Overdraft} {held.Late} {held.Meta?.Count} {held.ResolvedAt is not null} {held.Budget?.Count} {string.Join('+', held.Crossed ?? [])} {held.Replayed}");
                return held;
            }
            catch (LatchkeyException error)
            {
                seen.Add($"{error.Failure} {error.Status} {error.Code} {error.Bound?.Budget?.Remaining} {error.Budget.Count} {error.KeyId is not null}");
                return null;
            }
        }

        await Verify(new VerifyRequest { Key = "lk_nobody" });
        string keyId = (await Verify(new VerifyRequest { Key = key })).KeyId!;
        await Verify(new VerifyRequest { Key = key, Charge = 1, RequestId = "c" });
        await Verify(new VerifyRequest { Key = key, Charge = 1, RequestId = "c" });
        await Do(async () =>
        {
            await client.VerifyAsync(new VerifyRequest { Key = key, Charge = 2, RequestId = "c" });
            return null!;
        });
        string first = (await Verify(new VerifyRequest { Key = key, Reserve = 4, RequestId = "h" })).Reservation!.Id;
        await Verify(new VerifyRequest { Key = key, Reserve = 4, RequestId = "h" });
        await Verify(new VerifyRequest { Key = key, Charge = 6 });
        await Do(() => client.SettleAsync(first, new SettleRequest { Amount = 3 }));
        await Do(() => client.SettleAsync(first, new SettleRequest { Amount = 3 }));
        await Do(() => client.SettleAsync(first, new SettleRequest { Amount = 2 }));
        await Do(() => client.ReleaseAsync(first));
        await Do(() => client.ReserveAsync(new ReserveRequest { Key = key, Amount = 99 }));
        await Do(() => client.ReserveAsync(new ReserveRequest { Key = "lk_nobody", Amount = 1 }));
        Reservation second = (await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 2, RequestId = "r" })))!;
        await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 2, RequestId = "r" }));
        await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 1, RequestId = "r" }));
        await Do(() => client.ReleaseAsync(second.Id));
        await Do(() => client.ReleaseAsync(second.Id));
        await Do(() => client.SettleAsync(second.Id, new SettleRequest { Amount = 1 }));
        Reservation third = (await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 1 })))!;
        await Do(() => client.SettleAsync(third.Id, new SettleRequest { UnknownCost = UnknownCosts.ChargeHeld }));
        Reservation fourth = (await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 1 })))!;
        await Do(() => client.SettleAsync(fourth.Id, new SettleRequest { Amount = 2.5m, ByokAmount = 1 }));
        Reservation fifth = (await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 1, RequestId = "e", OnExpiry = OnExpiries.Settle })))!;
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 900 }));
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 60, Amount = 2 }));
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 60, Amount = 2 }));
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 60, Amount = 99 }));
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 0 }));
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 604801 }));
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 60, Amount = 0 }));
        await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 1, RequestId = "e", OnExpiry = OnExpiries.Settle }));
        await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 1, RequestId = "e" }));
        await Do(() => client.ReserveAsync(new ReserveRequest { KeyId = keyId, Amount = 1.5m, RequestId = "e", OnExpiry = OnExpiries.Settle }));
        await Do(() => client.SettleAsync(fifth.Id, new SettleRequest { Amount = 0.75m }));
        await Do(() => client.ExtendAsync(fifth.Id, new ExtendRequest { TtlSeconds = 60 }));
        await Do(() => client.ExtendAsync(Guid.NewGuid().ToString(), new ExtendRequest { TtlSeconds = 60 }));
        await Do(() => client.SettleAsync(Guid.NewGuid().ToString(), new SettleRequest { Amount = 1 }));
        await Do(() => client.ReleaseAsync(Guid.NewGuid().ToString()));
        await Verify(new VerifyRequest { Key = key });
        return seen;
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
