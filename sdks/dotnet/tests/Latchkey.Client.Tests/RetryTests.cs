using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Transport;
using Xunit;

namespace Latchkey.Client.Tests;

public sealed class RetryTests
{
    private const string NotFound = """{"valid":false,"code":"NOT_FOUND"}""";

    public static TheoryData<Way> Ways => new() { Way.Sync, Way.Async };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_call_is_tried_again_after_each_passing_failure(Way way)
    {
        Answer[] answers = [new(503), new() { Fault = "reset" }, new(429) { Headers = { ["Retry-After"] = "0" } }, new(200, NotFound)];
        using TestServer server = new((_, before) => answers[before]);
        using LatchkeyClient client = ClientOf(server);
        VerifyRequest request = new() { Key = "lk_x" };
        Verdict verdict = way == Way.Sync ? client.Verify(request) : await client.VerifyAsync(request);
        Assert.Equal("NOT_FOUND", verdict.Code);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_three_retries_the_failure_is_told(Way way)
    {
        using TestServer server = new(new Answer(500, "{\"code\":\"internal\",\"detail\":\"d\"}"));
        using LatchkeyClient client = ClientOf(server);
        Func<Task> call = way == Way.Sync ? () => Task.FromResult(client.Release("r")) : () => client.ReleaseAsync("r");
        LatchkeyException error = await Assert.ThrowsAsync<LatchkeyException>(() => Task.Run(call));
        Assert.Equal((500, "internal"), (error.Status, error.Code));
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(400, null)]
    [InlineData(402, "1")]
    [InlineData(409, "1")]
    [InlineData(429, null)]
    [InlineData(429, "6")]
    [InlineData(503, "6")]
    public void What_trying_again_does_not_mend_is_told_at_once(int status, string? retryAfter)
    {
        Answer answer = new(status);
        if (retryAfter is not null) answer.Headers["Retry-After"] = retryAfter;
        using TestServer server = new(answer);
        using LatchkeyClient client = ClientOf(server);
        Assert.Equal(status, Assert.Throws<LatchkeyException>(() => client.Release("r")).Status);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_time_out_is_not_tried_again()
    {
        using TestServer server = new(new Answer { Fault = "hang" });
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k", Timeout = TimeSpan.FromMilliseconds(500) });
        Assert.Equal(LatchkeyFailure.Timeout, Assert.Throws<LatchkeyException>(() => client.Release("r")).Failure);
        Assert.Single(server.Requests);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_wait_that_the_server_asks_for_is_kept(Way way)
    {
        Answer busy = new(503) { Headers = { ["Retry-After-Ms"] = "300", ["Retry-After"] = "3600" } };
        using TestServer server = new((_, before) => before == 0 ? busy : new Answer(200, NotFound));
        using LatchkeyClient client = ClientOf(server);
        Stopwatch clock = Stopwatch.StartNew();
        VerifyRequest request = new() { Key = "lk_x" };
        if (way == Way.Sync) client.Verify(request);
        else await client.VerifyAsync(request);
        Assert.InRange(clock.ElapsedMilliseconds, 290, 15_000);
    }

    [Fact]
    public void A_charge_or_hold_carries_one_name_through_all_its_tries_and_another_for_each_call()
    {
        using TestServer server = new((_, before) => before % 2 == 0 ? new Answer(503) : new Answer(200, NotFound));
        using LatchkeyClient client = ClientOf(server);
        VerifyRequest charge = new() { Key = "lk_x", Charge = 1 };
        VerifyRequest hold = new() { Key = "lk_x", Reserve = 1 };
        client.Verify(charge);
        client.Verify(charge);
        client.Verify(hold);
        string[] names = server.Requests.Select(one => one.Json.GetProperty("requestId").GetString()!).ToArray();
        Assert.Equal([names[0], names[0], names[2], names[2], names[4], names[4]], names);
        Assert.Equal(3, names.Distinct().Count());
        Assert.Null(charge.RequestId);
        Assert.Equal("1", server.Requests[0].Json.GetProperty("charge").GetString());
    }

    [Fact]
    public void A_verify_without_money_and_one_with_a_name_are_sent_as_they_are()
    {
        using TestServer server = new(new Answer(200, NotFound));
        using LatchkeyClient client = ClientOf(server);
        client.Verify(new VerifyRequest { Key = "lk_x" });
        client.Verify(new VerifyRequest { Key = "lk_x", Charge = 0, RequestId = "mine" });
        Assert.Equal("""{"key":"lk_x"}""", server.Requests[0].Body);
        Assert.Equal("mine", server.Requests[1].Json.GetProperty("requestId").GetString());
    }

    [Fact]
    public void A_reserve_carries_one_idempotency_key_through_all_its_tries()
    {
        using TestServer server = new((_, before) => before % 2 == 0 ? new Answer { Fault = "reset" } : new Answer(400));
        using LatchkeyClient client = ClientOf(server);
        Assert.Throws<LatchkeyException>(() => client.Reserve(new ReserveRequest { KeyId = "k", Amount = 1 }));
        Assert.Throws<LatchkeyException>(() => client.Reserve(new ReserveRequest { KeyId = "k", Amount = 1 }));
        Assert.Throws<LatchkeyException>(() => client.Reserve(new ReserveRequest { KeyId = "k", Amount = 1, RequestId = "mine" }));
        string?[] names = server.Requests.Select(one => one.Header("Idempotency-Key")).ToArray();
        Assert.Equal(new[] { names[0], names[0], names[2], names[2], null, null }, names);
        Assert.All(names.Take(4), Assert.NotNull);
        Assert.NotEqual(names[0], names[2]);
    }

    [Fact]
    public void The_calls_of_the_goodmem_surface_are_never_tried_again()
    {
        using TestServer server = new(new Answer(503) { Headers = { ["Retry-After"] = "0" } });
        using APIKeysApi api = new(APIKeysApiTests.WithKey(server));
        Assert.Equal(503, Assert.Throws<ApiException>(() => api.ListApiKeys()).ErrorCode);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Waits_grow_from_anything_up_to_the_first_to_anything_up_to_the_longest()
    {
        RetryPolicy policy = new(new LatchkeyClientOptions { MaxRetries = 9 });
        const int Draws = 2_000;
        foreach ((int retries, int longestMs) in new[] { (0, 200), (1, 400), (4, 3_200), (5, 5_000), (8, 5_000) })
        {
            double[] waits = Enumerable.Range(0, Draws).Select(_ => policy.AfterBrokenConnection(retries)!.Value.TotalMilliseconds).ToArray();
            Assert.InRange(waits.Max(), longestMs * 0.95, longestMs);
            Assert.InRange(waits.Min(), 0, longestMs * 0.05);
            Assert.InRange(waits.Average(), longestMs * 0.45, longestMs * 0.55);
        }

        Assert.Null(policy.AfterBrokenConnection(9));
    }

    [Theory]
    [InlineData("Retry-After", "3", 3_000)]
    [InlineData("Retry-After", "Sun, 22 Nov 2026 12:00:04 GMT", 4_000)]
    [InlineData("Retry-After", "Sun, 22 Nov 2026 11:00:00 GMT", 0)]
    [InlineData("Retry-After", "Sunday, 22-Nov-26 12:00:04 GMT", 4_000)]
    [InlineData("Retry-After", "Sun Nov 22 12:00:04 2026", 4_000)]
    [InlineData("Retry-After", "0", 0)]
    [InlineData("Retry-After", " 3 ", 3_000)]
    [InlineData("Retry-After", "1.5", 1_500)]
    [InlineData("Retry-After", "", -1)]
    [InlineData("Retry-After", "NaN", -1)]
    [InlineData("Retry-After", "Infinity", -1)]
    [InlineData("Retry-After-Ms", "NaN", -1)]
    [InlineData("Retry-After", "soon", -1)]
    [InlineData("Retry-After", "-3", -1)]
    [InlineData("Retry-After", "99999999999999999999", 86_400_000)]
    [InlineData("Retry-After-Ms", "250", 250)]
    [InlineData("X-Other", "3", -1)]
    public void What_a_server_asks_for_is_read_as_seconds_as_a_date_or_as_milliseconds(string header, string value, int expectedMs)
    {
        Multimap<string, string> headers = new();
        headers.Add(header, value);
        DateTimeOffset now = DateTimeOffset.Parse("2026-11-22T12:00:00Z", CultureInfo.InvariantCulture);
        TimeSpan? wait = RetryAfter.Of(headers, now);
        Assert.Equal(expectedMs, wait?.TotalMilliseconds ?? -1);
    }

    private static LatchkeyClient ClientOf(TestServer server) =>
        new(new LatchkeyClientOptions
        {
            BaseUrl = server.Url,
            ApiKey = "k",
            Timeout = TimeSpan.FromSeconds(20),
            RetryDelay = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(5),
        });
}
