using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>What callers and their logs are told about a call: which one it was, how it went, and no secret.</summary>
public sealed class TellingTests
{
    private const string Secret = "lk_the_callers_secret";
    private const string ApiKey = "lk_the_services_secret";
    private const string NotFound = """{"valid":false,"code":"NOT_FOUND"}""";

    private readonly ConcurrentQueue<TryInfo> _tries = new();

    [Theory]
    [InlineData(Way.Sync)]
    [InlineData(Way.Async)]
    public async Task A_success_shows_its_status_headers_and_request_id(Way way)
    {
        Answer answer = new(200, NotFound) { Headers = { ["X-Request-Id"] = "req-7", ["RateLimit-Remaining"] = "41" } };
        using TestServer server = new((_, before) => before == 0 ? new Answer(503) : answer);
        using LatchkeyClient client = ClientOf(server);
        VerifyRequest request = new() { Key = Secret };
        ResponseInfo response = (way == Way.Sync ? client.Verify(request) : await client.VerifyAsync(request)).Response!;
        Assert.Equal((200, "req-7", 2), (response.Status, response.RequestId, response.Tries));
        Assert.Equal(["41"], response.Headers["ratelimit-remaining"]);
        Assert.DoesNotContain("Response", new Verdict { Code = "NOT_FOUND", Response = response }.ToJson(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(409, """{"code":"reservation_resolved","detail":"It has ended."}""", "POST /v2/reservations/r/release: It has ended. (409 reservation_resolved, request req-7)")]
    [InlineData(409, """{"code":"reservation_resolved","title":"Ended."}""", "POST /v2/reservations/r/release: Ended. (409 reservation_resolved, request req-7)")]
    [InlineData(502, "<html>", "without problem details. Check that the base address is that of a Latchkey server. (502, request req-7)")]
    [InlineData(307, "", "(307, request req-7)")]
    [InlineData(200, "<html>", "request req-7)")]
    public void A_failure_names_operation_status_and_request_id(int status, string body, string said)
    {
        using TestServer server = new(new Answer(status, body) { Headers = { ["X-Request-Id"] = "req-7", ["Retry-After"] = "9" } });
        using LatchkeyClient client = ClientOf(server);
        LatchkeyException error = Assert.Throws<LatchkeyException>(() => client.Release("r"));
        Assert.StartsWith("POST /v2/reservations/r/release: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains($"{status}", error.Message, StringComparison.Ordinal);
        Assert.Equal(("req-7", "req-7", status), (error.RequestId, error.Response!.RequestId, error.Response.Status));
        Assert.Equal(["9"], error.Response.Headers["retry-after"]);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(409)]
    [InlineData(429)]
    [InlineData(503)]
    public void Every_failure_tells_how_long_to_wait(int status)
    {
        using TestServer server = new(new Answer(status, "{}") { Headers = { ["Retry-After"] = "7", ["X-Request-Id"] = "req-7" } });
        using LatchkeyClient client = ClientOf(server);
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.Throws<LatchkeyException>(() => client.Release("r")).RetryAfter);
        using APIKeysApi api = new(server.Url);
        ApiException error = Assert.Throws<ApiException>(() => api.ListApiKeys());
        Assert.Equal((TimeSpan.FromSeconds(7), "req-7"), (error.RetryAfter, error.RequestId));
        Assert.Equal((null, null), (new ApiException().RetryAfter, new ApiException().RequestId));
    }

    [Fact]
    public void A_wait_of_nothing_is_tried_again_at_once()
    {
        using TestServer server = new((_, before) => before < 3 ? new Answer(429) { Headers = { ["Retry-After"] = "0" } } : new Answer(200, NotFound));
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, RetryDelay = TimeSpan.FromDays(1), MaxRetryDelay = TimeSpan.FromDays(1) });
        Assert.Equal("NOT_FOUND", client.Verify(new VerifyRequest { Key = Secret }).Code);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public void A_byte_order_mark_is_no_harm_in_answers_and_problems()
    {
        using TestServer server = new((request, _) => request.Path == "/v2/verify"
            ? new Answer(200, $"\uFEFF{NotFound}")
            : new Answer(404, "\uFEFF{\"code\":\"reservation_not_found\",\"detail\":\"d\"}"));
        using LatchkeyClient client = ClientOf(server);
        Assert.Equal("NOT_FOUND", client.Verify(new VerifyRequest { Key = Secret }).Code);
        Assert.Equal(FaultCodes.ReservationNotFound, Assert.Throws<LatchkeyException>(() => client.Release("r")).Code);
    }

    [Fact]
    public async Task Every_try_is_told_with_how_it_went_and_what_comes_next()
    {
        Answer busy = new(503, "{\"code\":\"store_unavailable\"}") { Headers = { ["X-Request-Id"] = "req-1", ["Retry-After-Ms"] = "5" } };
        Answer[] answers = [busy, new() { Fault = "reset" }, new(200, NotFound) { Headers = { ["X-Request-Id"] = "req-3" } }];
        using TestServer server = new((_, before) => answers[before]);
        using LatchkeyClient client = ClientOf(server);
        await client.VerifyAsync(new VerifyRequest { Key = Secret });
        TryInfo[] tries = [.. _tries];
        Assert.Equal([(1, 503, "req-1", null), (2, 0, null, LatchkeyFailure.Connection), (3, 200, "req-3", (LatchkeyFailure?)null)], tries.Select(one => (one.Try, one.Status, one.RequestId, one.Failure)));
        Assert.Equal([true, true, false], tries.Select(one => one.RetryIn is not null));
        Assert.Equal(5, tries[0].RetryIn!.Value.TotalMilliseconds);
        Assert.All(tries, one => Assert.Equal("POST /v2/verify", one.Operation));
        Assert.All(tries, one => Assert.InRange(one.Duration, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(20)));
        Assert.Matches(@"^POST /v2/verify: 503 in \d+ ms, try 1, request req-1, again in 5 ms$", tries[0].ToString());
    }

    [Fact]
    public void No_log_line_exception_or_text_of_a_setting_has_a_secret()
    {
        Answer[] answers =
        [
            new(503, $"{{\"echo\":\"{ApiKey}\"}}"), new() { Fault = "reset" }, new(200, $"[\"{Secret}\"]"), new(401, "<html>"), new(307),
            new(400, "{\"code\":\"input_invalid\",\"detail\":\"d\"}"),
        ];
        using TestServer server = new((_, before) => answers[before % answers.Length]);
        using LatchkeyClient client = ClientOf(server);
        List<string> texts = [];
        for (int call = 0; call < 2 * answers.Length; call++)
        {
            Exception? error = Record.Exception(() => client.Verify(new VerifyRequest { Key = Secret, Charge = 1 }));
            texts.Add(error?.ToString() ?? "");
        }

        texts.AddRange(_tries.Select(one => $"{one} {System.Text.Json.JsonSerializer.Serialize(one)}"));
        texts.Add(new LatchkeyClientOptions { ApiKey = ApiKey }.ToString()!);
        Assert.True(texts.Count > 20, $"only {texts.Count}");
        Assert.All(texts, text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal));
        Assert.All(texts, text => Assert.DoesNotContain(ApiKey, text, StringComparison.Ordinal));
    }

    [Fact]
    public void An_answer_that_was_paid_for_before_says_so_and_a_try_again_of_the_same_call_does_not()
    {
        const string Held = """
            {"id":"r","keyId":"k","ownerId":"o","workspaceId":"w","state":"open","amount":"1","heldAt":"2026-11-22T12:00:00.000Z",
             "expiresAt":"2026-11-22T12:10:00.000Z","replayed":true}
            """;
        using TestServer server = new(new Answer(201, Held));
        using LatchkeyClient client = ClientOf(server);
        Assert.True(client.Reserve(new ReserveRequest { KeyId = "k", Amount = 1, RequestId = "theirs" }).Replayed);
        Assert.True(client.Reserve(new ReserveRequest { KeyId = "k", Amount = 1, IdempotencyKey = "theirs" }).Replayed);
        Assert.False(client.Reserve(new ReserveRequest { KeyId = "k", Amount = 1 }).Replayed);
    }

    [Fact]
    public void A_log_that_fails_fails_no_call()
    {
        using TestServer server = new(new Answer(200, NotFound));
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, OnTry = _ => throw new InvalidOperationException("full disk") });
        Assert.Equal("NOT_FOUND", client.Verify(new VerifyRequest { Key = Secret }).Code);
    }

    private LatchkeyClient ClientOf(TestServer server) =>
        new(new LatchkeyClientOptions
        {
            BaseUrl = server.Url,
            ApiKey = ApiKey,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            OnTry = _tries.Enqueue,
        });
}
