using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>Requests and results of the native calls.</summary>
[Collection(nameof(ProcessSettings))]
public sealed class LatchkeyClientTests
{
    private const string Line = """
        {"scope":"user","id":"u","window":"daily","limit":"74.5","spent":"0.000000001","reserved":"0","remaining":"74.499999999",
         "resetsAt":"2026-11-23T00:00:00.000Z"}
        """;

    private const string Rate = """
        {"name":"requests","limit":100,"window":"90s","remaining":99,"resetsAt":"2026-11-22T12:00:00.600Z"}
        """;

    private const string Valid = $$"""
        {"valid":true,"code":"VALID","keyId":"k","ownerId":"o","workspaceId":"w","externalUserId":null,"name":"n",
         "labels":{"env":"test"},"permissions":["documents.*"],"expiresAt":"2099-01-01T00:00:00.000Z","budget":[{{Line}}],
         "rateLimits":[{{Rate}}],"reservation":{"id":"r","amount":"1.25","state":"open","expiresAt":"2026-11-22T12:10:00.000Z"},
         "revision":42}
        """;

    private const string Held = $$"""
        {"id":"r","keyId":"k","ownerId":"o","workspaceId":"w","requestId":"call-1","amount":"1","state":"settled",
         "heldAt":"2026-11-22T12:00:00.000Z","expiresAt":"2026-11-22T12:10:00.000Z","resolvedAt":"2026-11-22T12:01:00.000Z",
         "settled":"0.25","byokSettled":"0","released":"0.75","overdraft":"0","late":false,"meta":{"model":"large"},
         "budget":[{{Line}}]}
        """;

    private static readonly string GivenBack = Held.Replace("\"settled\",", "\"released\",", StringComparison.Ordinal);

    [Fact]
    public void A_verify_sends_every_member_that_is_given()
    {
        using TestServer server = new(new Answer(200, Valid));
        using LatchkeyClient client = ClientOf(server);
        client.Verify(new VerifyRequest
        {
            Key = "lk_x",
            Permissions = "a and b",
            Ip = "10.0.0.1",
            RateLimits = [new RateLimitCost { Name = "tokens", Cost = 250 }, new RateLimitCost { Name = "requests" }],
            Reserve = 1.250000000m,
            ReserveTtlSeconds = 60,
            RequestId = "call-1",
            Tags = ["t"],
            AtLeast = 7,
        });
        client.Verify(new VerifyRequest { Key = "lk_x", Permissions = new[] { "a", "b" } });
        Assert.Equal("""{"key":"lk_x","permissions":"a and b","ip":"10.0.0.1","rateLimits":[{"name":"tokens","cost":250},{"name":"requests"}],"reserve":"1.25","reserveTtlSeconds":60,"requestId":"call-1","tags":["t"],"atLeast":7}""", server.Requests[0].Body);
        Assert.Equal("""{"key":"lk_x","permissions":["a","b"]}""", server.Requests[1].Body);
        Assert.Equal("POST /v2/verify", $"{server.Requests[0].Method} {server.Requests[0].Path}");
        Assert.Equal("Bearer secret", server.Requests[0].Header("Authorization"));
        Assert.Equal("application/json", server.Requests[0].Header("Content-Type"));
    }

    [Fact]
    public async Task A_verdict_has_every_member_of_the_wire()
    {
        using TestServer server = new(new Answer(200, Valid));
        using LatchkeyClient client = ClientOf(server);
        Verdict verdict = await client.VerifyAsync(new VerifyRequest { Key = "lk_x" });
        Assert.True(verdict.Valid);
        Assert.Equal((VerdictCodes.Valid, "k", "o", "w", null, "n"), (verdict.Code, verdict.KeyId, verdict.OwnerId, verdict.WorkspaceId, verdict.ExternalUserId, verdict.Name));
        Assert.Equal("test", verdict.Labels["env"]);
        Assert.Equal(["documents.*"], verdict.Permissions);
        Assert.Equal(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero), verdict.ExpiresAt);
        Budget budget = verdict.Budget.Single();
        Assert.Equal(("user", "u", "daily", 74.5m, 0.000000001m, 0m, 74.499999999m), (budget.Scope, budget.Id, budget.Window, budget.Limit, budget.Spent, budget.Reserved, budget.Remaining));
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), budget.ResetsAt);
        RateLimitState rate = verdict.RateLimits.Single();
        Assert.Equal(("requests", 100, 90, 99), (rate.Name, rate.Limit, rate.Window.TotalSeconds, rate.Remaining));
        Assert.Equal(600, rate.ResetsAt!.Value.Millisecond);
        Assert.Equal(("r", 1.25m, ReservationStates.Open), (verdict.Reservation!.Id, verdict.Reservation.Amount, verdict.Reservation.State));
        Assert.Equal(42, verdict.Revision);
        Assert.Empty(new TableReferences([]).Differences(System.Text.Json.Nodes.JsonNode.Parse(Valid), System.Text.Json.Nodes.JsonNode.Parse(verdict.ToJson()), "verdict"));
    }

    [Fact]
    public void A_refusal_is_an_answer_that_names_the_limit()
    {
        string limited = Rate.Replace("}", ",\"retryAfter\":\"2m\"}");
        string[] bodies =
        [
            """{"valid":false,"code":"NOT_FOUND"}""",
            $$"""{"valid":false,"code":"RATE_LIMITED","keyId":"k","bound":{{limited}} }""",
            $$"""{"valid":false,"code":"BUDGET_EXCEEDED","keyId":"k","bound":{{Line}},"budget":[{{Line}}] }""",
        ];
        using TestServer server = new((_, before) => new Answer(200, bodies[before]));
        using LatchkeyClient client = ClientOf(server);
        Verdict[] verdicts = bodies.Select(_ => client.Verify(new VerifyRequest { Key = "lk_x" })).ToArray();
        Assert.All(verdicts, verdict => Assert.False(verdict.Valid));
        Assert.Equal([VerdictCodes.NotFound, VerdictCodes.RateLimited, VerdictCodes.BudgetExceeded], verdicts.Select(one => one.Code));
        Assert.Null(verdicts[0].Bound);
        Assert.Equal(TimeSpan.FromMinutes(2), verdicts[1].Bound!.RateLimit!.RetryAfter);
        Assert.Null(verdicts[1].Bound!.Budget);
        Assert.Equal(74.5m, verdicts[2].Bound!.Budget!.Limit);
    }

    [Theory]
    [InlineData("""{"code":"VALID"}""")]
    [InlineData("""{"valid":true}""")]
    [InlineData("""{"valid":true,"code":"VALID"}""")]
    [InlineData("""{"valid":"true","code":"VALID"}""")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("")]
    public void What_only_looks_like_a_verdict_lets_nobody_in(string body)
    {
        using TestServer server = new(new Answer(200, body));
        using LatchkeyClient client = ClientOf(server);
        LatchkeyException error = Assert.Throws<LatchkeyException>(() => client.Verify(new VerifyRequest { Key = "lk_x" }));
        Assert.Equal((LatchkeyFailure.Unreadable, 200), (error.Failure, error.Status));
    }

    [Fact]
    public void A_valid_verdict_must_say_whose_key_it_is()
    {
        string[] always = ["code", "keyId", "ownerId", "workspaceId", "name", "labels", "permissions", "budget", "rateLimits", "revision"];
        using TestServer server = new((_, before) => new Answer(200, Valid.Replace($"\"{always[before]}\":", "\"other\":")));
        using LatchkeyClient client = ClientOf(server);
        Assert.All(always, _ => Assert.Throws<LatchkeyException>(() => client.Verify(new VerifyRequest { Key = "lk_x" })));
        Assert.Equal(always.Length, server.Requests.Count);
    }

    [Fact]
    public async Task Reserving_settling_and_releasing_speak_the_wire()
    {
        using TestServer server = new((request, _) => new Answer(200, request.Path.EndsWith("/release", StringComparison.Ordinal) ? GivenBack : Held));
        using LatchkeyClient client = ClientOf(server);
        client.Reserve(new ReserveRequest { KeyId = "k", Amount = 1m, TtlSeconds = 120, RequestId = "call-1" });
        await client.ReserveAsync(new ReserveRequest { Key = "lk_x", Amount = 0.000000001m, IdempotencyKey = "mine" });
        Reservation settled = client.Settle("r", new SettleRequest { Amount = 0.25m, ByokAmount = 0, Meta = new Dictionary<string, string> { ["model"] = "large" } });
        await client.SettleAsync("r", new SettleRequest { UnknownCost = UnknownCosts.ChargeHeld });
        client.Release("r/../x");
        await client.ReleaseAsync("r");
        string[] lines = server.Requests.Select(one => $"{one.Path} {one.Body} {one.Header("Idempotency-Key")}").ToArray();
        Assert.Equal(
            [
                """/v2/reservations {"keyId":"k","amount":"1","ttlSeconds":120,"requestId":"call-1"} """,
                """/v2/reservations {"key":"lk_x","amount":"0.000000001"} mine""",
                """/v2/reservations/r/settle {"amount":"0.25","byokAmount":"0","meta":{"model":"large"}} """,
                """/v2/reservations/r/settle {"unknownCost":"charge_held"} """,
                "/v2/reservations/r%2F..%2Fx/release  ",
                "/v2/reservations/r/release  ",
            ],
            lines);
        Assert.Null(server.Requests[^1].Header("Content-Type"));
        Assert.Equal((ReservationStates.Settled, 0.25m, 0.75m, 0m, false), (settled.State, settled.Settled, settled.Released, settled.Overdraft, settled.Late));
        Assert.Empty(new TableReferences([]).Differences(System.Text.Json.Nodes.JsonNode.Parse(Held), System.Text.Json.Nodes.JsonNode.Parse(settled.ToJson()), "reservation"));
    }

    [Fact]
    public void Money_is_written_exactly_and_no_more_than_nine_decimals_are_taken()
    {
        using TestServer server = new(new Answer(200, Held));
        using LatchkeyClient client = ClientOf(server);
        decimal[] amounts = [0m, 0.1m, 1_000_000_000m, 123456789.123456789m, 0.000000001m, 5.500m, -1m];
        foreach (decimal amount in amounts) client.Settle("r", new SettleRequest { Amount = amount });
        Assert.Equal(
            ["0", "0.1", "1000000000", "123456789.123456789", "0.000000001", "5.5", "-1"],
            server.Requests.Select(one => one.Json.GetProperty("amount").GetString()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SettleRequest { Amount = 0.0000000001m });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SettleRequest { ByokAmount = 0.0000000001m });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReserveRequest { Amount = 0.0000000001m });
        Assert.Throws<ArgumentOutOfRangeException>(() => new VerifyRequest { Key = "k", Charge = 0.0000000001m });
        Assert.Throws<ArgumentOutOfRangeException>(() => new VerifyRequest { Key = "k", Reserve = 0.0000000001m });
    }

    [Fact]
    public void A_culture_with_commas_changes_no_amount()
    {
        System.Globalization.CultureInfo before = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            System.Globalization.CultureInfo.CurrentCulture = new System.Globalization.CultureInfo("de-DE");
            string json = NativeJson.Text(JsonSerializer.Deserialize<Budget>(Line, NativeJson.Options)!);
            Assert.Contains("\"74.499999999\"", json, StringComparison.Ordinal);
            Assert.Contains("\"2026-11-23T00:00:00.000Z\"", json, StringComparison.Ordinal);
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("24h", 86400)]
    [InlineData("7d", 604800)]
    public void A_duration_of_the_wire_is_read(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), JsonSerializer.Deserialize<TimeSpan>($"\"{text}\"", NativeJson.Options));

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("5")]
    [InlineData("2147483647d")]
    public void What_is_no_duration_is_refused(string text) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TimeSpan>($"\"{text}\"", NativeJson.Options));

    [Fact]
    public void A_problem_is_told_with_everything_that_it_says()
    {
        string body = $$"""
            {"type":"t","title":"A limit has no room for the amount.","status":402,"detail":"The daily limit of the key has 5 USD left.",
             "code":"BUDGET_EXCEEDED","requestId":"req-1","keyId":"k","bound":{{Line}},"budget":[{{Line}},{{Line}}],
             "errors":[{"pointer":"/amount","message":"Too much."}]}
            """;
        using TestServer server = new(new Answer(402, body, "application/problem+json") { Headers = { ["Retry-After"] = "43197" } });
        using LatchkeyClient client = ClientOf(server);
        LatchkeyException error = Assert.Throws<LatchkeyException>(() => client.Reserve(new ReserveRequest { KeyId = "k", Amount = 900 }));
        Assert.Equal((LatchkeyFailure.Refused, 402, "BUDGET_EXCEEDED", "req-1", "k"), (error.Failure, error.Status, error.Code, error.RequestId, error.KeyId));
        Assert.Equal("The daily limit of the key has 5 USD left.", error.Detail);
        Assert.Equal("POST /v2/reservations: The daily limit of the key has 5 USD left. (402 BUDGET_EXCEEDED, request req-1)", error.Message);
        Assert.Equal(74.5m, error.Bound!.Budget!.Limit);
        Assert.Equal(2, error.Budget.Count);
        Assert.Equal(("/amount", "Too much."), (error.Errors.Single().Pointer, error.Errors.Single().Message));
        Assert.Equal(TimeSpan.FromSeconds(43197), error.RetryAfter);
    }

    [Fact]
    public void An_input_error_that_lacks_a_member_has_an_empty_text_and_no_null()
    {
        using TestServer server = new(new Answer(400, """{"code":"input_invalid","errors":[{"message":"m"},null,{"pointer":"p"},{}]}"""));
        using LatchkeyClient client = ClientOf(server);
        LatchkeyException error = Assert.Throws<LatchkeyException>(() => client.Release("r"));
        Assert.Equal([("", "m"), ("p", ""), ("", "")], error.Errors.Select(one => (one.Pointer, one.Message)));
    }

    [Fact]
    public void A_failure_without_problem_details_has_a_status_and_advice()
    {
        using TestServer server = new(new Answer(404, "<html>", "text/html") { Headers = { ["X-Request-Id"] = "req-2" } });
        using LatchkeyClient client = ClientOf(server);
        LatchkeyException error = Assert.Throws<LatchkeyException>(() => client.Release("r"));
        Assert.Equal((404, null, "req-2"), (error.Status, error.Code, error.RequestId));
        Assert.Empty(error.Errors);
        Assert.Contains("base address", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Address_and_key_come_from_the_environment_where_no_setting_says_otherwise()
    {
        using TestServer server = new(new Answer(200, GivenBack));
        try
        {
            Environment.SetEnvironmentVariable("LATCHKEY_BASE_URL", server.Url);
            Environment.SetEnvironmentVariable("LATCHKEY_API_KEY", "from-environment");
            using LatchkeyClient client = new();
            client.Release("r");
            using LatchkeyClient without = new(new LatchkeyClientOptions { ApiKey = "" });
            without.Release("r");
            Assert.Equal(["Bearer from-environment", null], server.Requests.Select(one => one.Header("Authorization")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("LATCHKEY_BASE_URL", null);
            Environment.SetEnvironmentVariable("LATCHKEY_API_KEY", null);
        }
    }

    [Fact]
    public void Arguments_are_checked_before_anything_is_sent()
    {
        using TestServer server = new(new Answer(200, Held));
        using LatchkeyClient client = ClientOf(server);
        Assert.Throws<ArgumentNullException>(() => client.Verify(null!));
        Assert.Throws<ArgumentNullException>(() => client.Reserve(null!));
        Assert.Throws<ArgumentNullException>(() => client.Settle("r", null!));
        Assert.Throws<ArgumentException>(() => client.Release(""));
        Assert.Throws<ArgumentException>(() => client.Release(".."));
        Assert.Throws<ArgumentException>(() => new LatchkeyClient(new LatchkeyClientOptions { BaseUrl = "localhost" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatchkeyClientOptions { MaxRetries = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatchkeyClientOptions { RetryDelay = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatchkeyClientOptions { MaxRetryDelay = TimeSpan.FromDays(400) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatchkeyClientOptions { Timeout = TimeSpan.Zero });
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Nothing_that_holds_a_secret_prints_it()
    {
        object[] holders = [new VerifyRequest { Key = "lk_secret" }, new ReserveRequest { Key = "lk_secret", Amount = 1 }, new LatchkeyClientOptions { ApiKey = "lk_secret" }];
        Assert.All(holders, one => Assert.DoesNotContain("lk_secret", one.ToString(), StringComparison.Ordinal));
    }

    private static LatchkeyClient ClientOf(TestServer server) =>
        new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "secret", Timeout = TimeSpan.FromSeconds(20), MaxRetries = 0 });
}
