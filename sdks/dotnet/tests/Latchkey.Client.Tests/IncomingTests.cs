using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Latchkey.Client.Incoming;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The parts of a middleware: the key of a request, and the answer to who is not let in.</summary>
public sealed class IncomingTests(Figures figures) : IClassFixture<Figures>
{
    private const string Auth = "Authorization";
    private const string Own = "X-Api-Key";
    private const string Missing = FaultCodes.CredentialMissing;
    private const string Conflict = FaultCodes.CredentialConflict;
    private const string Invalid = FaultCodes.CredentialInvalid;

    private static readonly DateTimeOffset s_now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DateTimeOffset s_resets = s_now.AddMilliseconds(90_001);

    // The rows are those of the server's own credentials.
    public static TheoryData<string[], string?, string?> Requests => new()
    {
        { [Auth, "Bearer lk_1"], "lk_1", null },
        { [Auth, "bearer   lk_1 "], "lk_1", null },
        { [Auth, "BEARER\tlk_1"], "lk_1", null },
        { [Own, "lk_1"], "lk_1", null },
        { [Own, "lk_1", Auth, "Bearer lk_1"], "lk_1", null },
        { [Own, "", Auth, "Bearer lk_1"], "lk_1", null },
        { [Own, "lk_1", Auth, "Basic bGs6MQ=="], "lk_1", null },
        { [Own, "lk_1", Auth, "Bearer  "], "lk_1", null },
        { [Own, "lk_1, lk_1"], "lk_1", null },
        { [Auth, "Basic bGs6MQ==, Bearer lk_1"], "lk_1", null },
        { [Auth, "Basic bGs6MQ==", Auth, "Bearer lk_1"], "lk_1", null },
        { [Auth, "Bearer a,b\"c="], "a,b\"c=", null },
        { [], null, Missing },
        { [Auth, ""], null, Missing },
        { [Auth, "Bearer"], null, Missing },
        { [Auth, "Basic bGs6MQ=="], null, Missing },
        { [Auth, "lk_1"], null, Missing },
        { [Auth, "Bearerlk_1"], null, Missing },
        { [Auth, "Digest username=\"x, Bearer lk_1\", realm=\"\\\", Bearer lk_2\""], null, Missing },
        { [Own, "lk_1", Auth, "Bearer lk_2"], null, Conflict },
        { [Own, "lk_1, lk_2"], null, Conflict },
        { [Own, "lk_1", Own, "lk_2"], null, Conflict },
        { [Auth, "Bearer lk_1, Bearer lk_2"], null, Conflict },
        { [Auth, "Bearer lk_1", Auth, "Bearer lk_2"], null, Conflict },
        { [Auth, "Bearer a b"], null, Invalid },
        { [Own, "lk_é"], null, Invalid },
        { [Own, "lk_\u007f"], null, Invalid },
        { [Own, new string('a', 256)], new string('a', 256), null },
        { [Own, new string('a', 257)], null, Invalid },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_key_is_read_as_the_server_reads_its_own(string[] headers, string? text, string? fault)
    {
        IncomingKey key = Read(headers);
        Assert.Equal((text, fault), (key.Text, key.Fault));
        Assert.Equal(fault is null, Refusal.Of(key) is null);
    }

    [Fact]
    public void A_header_of_many_quotes_costs_no_more_than_its_length()
    {
        string hostile = "Digest " + string.Concat(Enumerable.Repeat("a=\"b, \", ", 20_000));
        Read(Auth, "warm");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(Missing, Read(Auth, hostile).Fault);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        figures.Show($"a header of {hostile.Length} characters: {allocated / hostile.Length} bytes each");
        Assert.InRange(allocated, 0, 64L * hostile.Length);
    }

    public static TheoryData<string, int, string?, string?> Verdicts => new()
    {
        { VerdictCodes.NotFound, 401, "Bearer error=\"invalid_token\"", null },
        { VerdictCodes.Disabled, 401, "Bearer error=\"invalid_token\"", null },
        { VerdictCodes.NotYetValid, 401, "Bearer error=\"invalid_token\"", null },
        { VerdictCodes.Expired, 401, "Bearer error=\"invalid_token\"", null },
        { VerdictCodes.Forbidden, 403, null, null },
        { VerdictCodes.InsufficientPermissions, 403, null, null },
        { VerdictCodes.RateLimited, 429, null, "1" },
        { VerdictCodes.BudgetExceeded, 402, null, null },
        { "UNDER_A_CLOUD", 403, null, null },
    };

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Every_refusal_has_its_status_headers_and_problem(string code, int status, string? challenge, string? retryAfter)
    {
        Refusal refusal = Refusal.Of(new Verdict { Code = code, KeyId = "k1", Response = new ResponseInfo { RequestId = "req-1" } }, s_now)!;
        Dictionary<string, JsonElement> body = Body(refusal);
        Assert.Equal((status, code), (refusal.Status, refusal.Code));
        Assert.Equal((status, code, $"urn:latchkey:refusal:{code}", "req-1"), (body["status"].GetInt32(), body["code"].GetString(), body["type"].GetString(), body["requestId"].GetString()));
        Assert.NotEqual("", body["title"].GetString());
        Assert.NotEqual("", body["detail"].GetString());
        Assert.Equal(("application/problem+json", "no-store"), (refusal.Headers["content-type"], refusal.Headers["cache-control"]));
        Assert.Equal((challenge, retryAfter), (refusal.Headers.GetValueOrDefault("WWW-Authenticate"), refusal.Headers.GetValueOrDefault("Retry-After")));
        Assert.DoesNotContain("k1", refusal.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_whole_yes_lets_in()
    {
        Assert.Null(Refusal.Of(new Verdict { Valid = true, Code = VerdictCodes.Valid }, s_now));
        Assert.Equal(401, Refusal.Of(new Verdict { Valid = true, Code = VerdictCodes.Expired }, s_now)!.Status);
        Assert.Equal(403, Refusal.Of(new Verdict { Code = VerdictCodes.Valid }, s_now)!.Status);
        Assert.Equal(403, Refusal.Of(new Verdict(), s_now)!.Status);
        Assert.Equal(503, Refusal.Of((Verdict?)null, s_now)!.Status);
    }

    [Fact]
    public void A_limit_tells_when_to_come_again_and_no_money()
    {
        Budget day = new() { Scope = "workspace", Id = "w1", Window = "daily", Limit = 1000, Spent = 999, ResetsAt = s_resets };
        Refusal budget = Refusal.Of(new Verdict { Code = VerdictCodes.BudgetExceeded, Bound = new Bound(day), Budget = [day] }, s_now)!;
        Assert.Equal(("91", "daily", s_resets), (budget.Headers["Retry-After"], Body(budget)["window"].GetString(), Body(budget)["resetsAt"].GetDateTimeOffset()));
        Assert.All(new[] { "1000", "999", "w1" }, inner => Assert.DoesNotContain(inner, budget.ToJson(), StringComparison.Ordinal));
        Refusal total = Refusal.Of(new Verdict { Code = VerdictCodes.BudgetExceeded, Bound = new Bound(new Budget { Window = "total" }) }, s_now)!;
        Assert.False(total.Headers.ContainsKey("Retry-After"));
        RateLimitState limit = new() { Name = "n1", Limit = 10, Remaining = 2, ResetsAt = s_resets, RetryAfter = TimeSpan.FromMilliseconds(119_001) };
        Refusal rate = Refusal.Of(new Verdict { Code = VerdictCodes.RateLimited, Bound = new Bound(limit) }, s_now)!;
        string[] names = ["Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
        Assert.Equal(["120", "10", "2", "120"], names.Select(name => rate.Headers[name]));
        Assert.False(Body(rate).ContainsKey("neverFits"));
    }

    [Fact]
    public void What_never_passes_is_not_told_to_wait()
    {
        Budget day = new() { Scope = "key", Id = "k1", Window = "daily", ResetsAt = s_resets };
        Bound rate = new(new RateLimitState { Name = "n1", Limit = 10, Remaining = 10 });
        foreach (Verdict verdict in new Verdict[]
        {
            new() { Code = VerdictCodes.RateLimited, Bound = rate, NeverFits = true },
            new() { Code = VerdictCodes.BudgetExceeded, Bound = new Bound(day), NeverFits = true },
        })
        {
            Refusal refusal = Refusal.Of(verdict, s_now)!;
            Assert.True(Body(refusal)["neverFits"].GetBoolean());
            Assert.All(new[] { "Retry-After", "RateLimit-Reset" }, name => Assert.False(refusal.Headers.ContainsKey(name)));
        }
    }

    [Fact]
    public void No_decision_is_503_and_says_nothing_of_why()
    {
        Exception[] failures =
        [
            new IOException("inner reason"),
            new LatchkeyException(LatchkeyFailure.Refused, 401, "inner reason") { Code = Invalid, RequestId = "req-1", RetryAfter = TimeSpan.Zero },
            new LatchkeyException(LatchkeyFailure.Refused, 429, "inner reason") { RetryAfter = TimeSpan.FromSeconds(7.5) },
        ];
        Refusal[] refusals = [Refusal.Unavailable(null), .. failures.Select(Refusal.Unavailable)];
        Assert.All(refusals, one => Assert.Equal((503, Refusal.VerificationUnavailable), (one.Status, one.Code)));
        Assert.Equal(["1", "1", "1", "8"], refusals.Select(one => one.Headers["Retry-After"]));
        Assert.All(refusals, one => Assert.DoesNotContain("inner", one.ToJson(), StringComparison.Ordinal));
        Assert.Equal("Bearer", Refusal.Of(Read())!.Headers["WWW-Authenticate"]);
        Assert.Equal("Bearer error=\"invalid_token\"", Refusal.Of(Read(Own, "a b"))!.Headers["WWW-Authenticate"]);
    }

    private static IncomingKey Read(params string[] headers)
    {
        Assert.Equal(0, headers.Length % 2);
        return IncomingKey.From(name => headers.Chunk(2).Where(pair => pair[0] == name).Select(pair => pair[1]));
    }

    private static Dictionary<string, JsonElement> Body(Refusal refusal) =>
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(refusal.ToJson())!;
}
