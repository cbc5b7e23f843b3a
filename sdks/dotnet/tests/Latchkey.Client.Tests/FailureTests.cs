using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>What goes wrong on the way, for both clients and both ways of calling.</summary>
public sealed class FailureTests
{
    private const string Closed = "http://127.0.0.1:1";

    public static TheoryData<Way, bool> Ways => new()
    {
        { Way.Sync, false },
        { Way.Async, false },
        { Way.Sync, true },
        { Way.Async, true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_page_instead_of_json_is_told_as_that(Way way, bool native)
    {
        using TestServer server = new(new Answer(200, "<html>Sign in to the network</html>", "text/html"));
        Exception error = await Failure(server.Url, way, native);
        Assert.Equal(("Validation", 200), Seen(error));
        Assert.Contains("Check that the base address", error.Message, StringComparison.Ordinal);
        if (error is ApiException known) Assert.Equal("<html>Sign in to the network</html>", known.ErrorContent);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Broken_json_is_told_as_that(Way way, bool native)
    {
        using TestServer server = new(new Answer(200, "{\"keys\": [{\"apiKeyId\": \"secret-part"));
        Exception error = await Failure(server.Url, way, native);
        Assert.Equal(("Validation", 200), Seen(error));
        Assert.DoesNotContain("secret-part", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_delete_that_a_page_answers_did_not_delete()
    {
        using TestServer server = new(new Answer(200, "<html>Sign in to the network</html>", "text/html"));
        using APIKeysApi api = new(APIKeysApiTests.WithKey(server));
        Assert.Equal(200, Assert.Throws<ApiException>(() => api.DeleteApiKey("id")).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task No_answer_in_time_is_a_time_out(Way way, bool native)
    {
        using TestServer server = new(new Answer { Fault = "hang" });
        Stopwatch clock = Stopwatch.StartNew();
        Exception error = await Failure(server.Url, way, native, timeout: TimeSpan.FromMilliseconds(150));
        Assert.Equal("Timeout", Seen(error).Kind);
        Assert.InRange(clock.ElapsedMilliseconds, 140, 10_000);
        Assert.Contains("150 ms", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_answer_that_stops_in_its_middle_is_a_time_out(Way way, bool native)
    {
        using TestServer server = new(new Answer(200, "{\"keys\":[], \"valid\": false, \"code\": \"NOT_FOUND\"}") { Fault = "stall" });
        Exception error = await Failure(server.Url, way, native, timeout: TimeSpan.FromMilliseconds(300));
        Assert.Equal("Timeout", Seen(error).Kind);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_refused_connection_has_status_0_and_names_the_server(Way way, bool native)
    {
        Exception error = await Failure(Closed, way, native);
        Assert.Equal(("Connection", 0), Seen(error));
        Assert.Contains(Closed, error.Message, StringComparison.Ordinal);
        Assert.IsType<HttpRequestException>(error.InnerException);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_reset_connection_has_status_0(Way way, bool native)
    {
        using TestServer server = new(new Answer { Fault = "reset" });
        Assert.Equal(("Connection", 0), Seen(await Failure(server.Url, way, native)));
    }

    [Theory]
    [InlineData(Way.Sync)]
    [InlineData(Way.Async)]
    public async Task A_create_on_a_kept_connection_that_breaks_is_sent_once(Way way)
    {
        using TestServer server = new((request, _) => request.Method == "GET" ? new Answer(200, "{\"keys\":[]}") : new Answer { Fault = "reset" });
        using APIKeysApi api = new(APIKeysApiTests.WithKey(server));
        CreateApiKeyRequest create = new();
        Task Create() => way == Way.Sync ? Task.FromResult(api.CreateApiKey(create)) : api.CreateApiKeyAsync(create);
        api.ListApiKeys();
        ApiException error = await Assert.ThrowsAsync<ApiException>(() => Task.Run(Create));
        Assert.Equal(0, error.ErrorCode);
        Assert.Equal(["GET", "POST"], server.Requests.Select(one => one.Method));
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_connection_that_ends_half_way_has_status_0(Way way, bool native)
    {
        using TestServer server = new(new Answer(200, "{\"keys\":[], \"valid\": false, \"code\": \"NOT_FOUND\"}   ") { Fault = "cut" });
        Assert.Equal(("Connection", 0), Seen(await Failure(server.Url, way, native)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_redirect_is_not_followed_and_says_where_it_leads(Way way, bool native)
    {
        using TestServer elsewhere = new(new Answer(200, "{\"keys\":[]}"));
        using TestServer server = new(new Answer(307) { Headers = { ["Location"] = $"{elsewhere.Url}/v1/apikeys" } });
        Exception error = await Failure(server.Url, way, native);
        Assert.Equal(("Api", 307), Seen(error));
        Assert.Contains($"{elsewhere.Url}/v1/apikeys", error.Message, StringComparison.Ordinal);
        Assert.Contains("base address", error.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_was_cancelled_before_sends_nothing(bool native)
    {
        using TestServer server = new(new Answer(200));
        using CancellationTokenSource cancel = new();
        cancel.Cancel();
        Exception error = await Failure(server.Url, Way.Async, native, cancellation: cancel.Token);
        Assert.Equal(cancel.Token, Assert.IsAssignableFrom<OperationCanceledException>(error).CancellationToken);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(Way.Async, false)]
    [InlineData(Way.Async, true)]
    [InlineData(Way.Sync, true)]
    public async Task A_call_can_be_cancelled_while_it_waits(Way way, bool native)
    {
        using TestServer server = new(new Answer { Fault = "hang" });
        using CancellationTokenSource cancel = new();
        Task<Exception> failure = Failure(server.Url, way, native, cancellation: cancel.Token);
        await server.Arrived.WaitAsync();
        cancel.Cancel();
        OperationCanceledException error = Assert.IsAssignableFrom<OperationCanceledException>(await failure);
        Assert.Equal(cancel.Token, error.CancellationToken);
        Assert.IsNotType<TimeoutException>(error.InnerException);
    }

    [Theory]
    [InlineData(Way.Async)]
    [InlineData(Way.Sync)]
    public async Task A_call_can_be_cancelled_between_two_tries(Way way)
    {
        using TestServer server = new(new Answer(503) { Headers = { ["Retry-After"] = "5" } });
        using CancellationTokenSource cancel = new();
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k" });
        Stopwatch clock = Stopwatch.StartNew();
        Task call = Task.Run(() => way == Way.Sync
            ? Task.FromResult(client.Release("id", cancel.Token))
            : client.ReleaseAsync("id", cancel.Token));
        await server.Arrived.WaitAsync();
        cancel.CancelAfter(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 4_000);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_charset_that_nobody_knows_is_no_harm()
    {
        using TestServer server = new(new Answer(200, "\uFEFF{\"keys\":[]}", "application/json; charset=bogus"));
        using APIKeysApi api = new(APIKeysApiTests.WithKey(server));
        Assert.Empty((await api.ListApiKeysAsync()).Keys);
    }

    private static (string Kind, int Status) Seen(Exception error) => Clients.Seen(error);

    private static async Task<Exception> Failure(
        string url,
        Way way,
        bool native,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default)
    {
        using Clients clients = new(url, timeout);
        return await clients.Failure(way, native, cancellation);
    }
}
