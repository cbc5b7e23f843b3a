using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>Whose client it is, and on whose thread it works.</summary>
public sealed class OwnershipTests
{
    private static readonly Answer s_empty = new(200, "{\"keys\":[]}");

    [Fact]
    public async Task The_callers_client_is_neither_changed_nor_disposed()
    {
        using TestServer server = new(s_empty);
        using HttpClientHandler handler = new();
        using HttpClient http = new(handler) { Timeout = TimeSpan.FromSeconds(33) };
        http.DefaultRequestHeaders.Add("X-Mine", "1");
        APIKeysApi api = new(http, APIKeysApiTests.WithKey(server), handler);
        api.ListApiKeys();
        await api.ListApiKeysAsync();
        api.Dispose();
        api.Dispose();
        LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k", HttpClient = http });
        await Assert.ThrowsAsync<LatchkeyException>(() => client.ReleaseAsync("id"));
        client.Dispose();
        client.Dispose();
        Assert.Equal("{\"keys\":[]}", await http.GetStringAsync(new Uri($"{server.Url}/still-open")));
        Assert.Null(http.BaseAddress);
        Assert.Equal(TimeSpan.FromSeconds(33), http.Timeout);
        Assert.Equal(["X-Mine"], http.DefaultRequestHeaders.Select(header => header.Key));
        Assert.All(server.Requests, one => Assert.Equal("1", one.Header("X-Mine")));
        Assert.Throws<ObjectDisposedException>(() => api.ListApiKeys());
        Assert.Throws<ObjectDisposedException>(() => client.Release("id"));
    }

    [Fact]
    public async Task A_client_of_our_own_closes_its_connections()
    {
        using TestServer server = new(s_empty);
        APIKeysApi api = new(APIKeysApiTests.WithKey(server));
        api.ListApiKeys();
        await api.ListApiKeysAsync();
        Assert.Equal(1, server.Connections);
        api.Dispose();
        api.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => api.ListApiKeysAsync());
    }

    [Fact]
    public void An_object_that_never_called_can_be_disposed()
    {
        APIKeysApi api = new("http://127.0.0.1:1");
        api.Dispose();
        api.Dispose();
        Assert.Throws<ObjectDisposedException>(() => api.ListApiKeys());
    }

    [Fact]
    public void Proxy_and_certificates_need_the_handler_of_a_callers_client()
    {
        using HttpClient http = new();
        Configuration configuration = new() { Proxy = new WebProxy("http://127.0.0.1:1") };
        Assert.Throws<InvalidOperationException>(() => new APIKeysApi(http, configuration));
        using HttpClientHandler handler = new();
        using APIKeysApi api = new(http, configuration, handler);
        Assert.Same(configuration.Proxy, handler.Proxy);
    }

    [Fact]
    public void A_proxy_of_the_settings_is_used_by_a_client_of_our_own()
    {
        using TestServer proxy = new(s_empty);
        using APIKeysApi api = new(new Configuration { BasePath = "http://keys.example.com", Proxy = new WebProxy(proxy.Url) });
        api.ListApiKeys();
        Assert.Equal("http://keys.example.com/v1/apikeys", proxy.Request.Path);
    }

    [Fact]
    public void A_handler_that_only_works_asynchronously_serves_sync_calls_too()
    {
        using HttpClient http = new(new OnlyAsync());
        using APIKeysApi api = new(http, new Configuration());
        Assert.Empty(api.ListApiKeys().Keys);
    }

    [Fact]
    public void A_callers_time_out_is_a_time_out()
    {
        using TestServer server = new(new Answer { Fault = "hang" });
        using HttpClient http = new() { Timeout = TimeSpan.FromMilliseconds(100) };
        using APIKeysApi api = new(http, APIKeysApiTests.WithKey(server));
        Assert.IsType<TimeoutException>(Assert.Throws<TaskCanceledException>(() => api.ListApiKeys()).InnerException);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sync_calls_end_under_a_synchronization_context_with_one_thread(bool borrowed)
    {
        using TestServer server = new((request, _) => request.Path == "/v1/apikeys" ? s_empty : new Answer(200, "{\"valid\":false,\"code\":\"NOT_FOUND\"}"));
        using HttpClient http = new();
        using APIKeysApi api = borrowed ? new(http, APIKeysApiTests.WithKey(server)) : new(APIKeysApiTests.WithKey(server));
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k", HttpClient = borrowed ? http : null });
        const int Calls = 50;
        OneThread.Run(() =>
        {
            for (int call = 0; call < Calls; call++)
            {
                api.ListApiKeys();
                client.Verify(new VerifyRequest { Key = "lk_x" });
                // Blocking on an async one is what deadlocks where a context is captured.
                api.ListApiKeysAsync().GetAwaiter().GetResult();
                client.VerifyAsync(new VerifyRequest { Key = "lk_x" }).GetAwaiter().GetResult();
            }
        });
        Assert.Equal(4 * Calls, server.Requests.Count);
    }

    private sealed class OnlyAsync : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{\"keys\":[]}") };
        }
    }

    /// <summary>A context like that of a window: everything posted to it runs on its only thread.</summary>
    private sealed class OneThread : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback Work, object? State)> _posted = new();

        public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));

        public static void Run(Action work)
        {
            Exception? failure = null;
            OneThread context = new();
            Thread thread = new(() =>
            {
                SetSynchronizationContext(context);
                context.Post(
                    _ =>
                    {
                        failure = Record.Exception(work);
                        context._posted.CompleteAdding();
                    },
                    null);
                foreach ((SendOrPostCallback posted, object? state) in context._posted.GetConsumingEnumerable()) posted(state);
            })
            { IsBackground = true };
            thread.Start();
            Assert.True(thread.Join(TimeSpan.FromSeconds(15)), "The only thread of the context waits for itself.");
            Assert.Null(failure);
        }
    }
}
