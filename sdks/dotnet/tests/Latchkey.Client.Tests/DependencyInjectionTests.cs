using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>AddLatchkey, and clients that are made in the ways of IHttpClientFactory.</summary>
public sealed class DependencyInjectionTests : IDisposable
{
    private const string NotFound = "{\"valid\":false,\"code\":\"NOT_FOUND\"}";

    private static readonly VerifyRequest s_request = new() { Key = "lk_x" };

    private readonly TestServer _server = new(new Answer(200, NotFound));
    private readonly ServiceCollection _services = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task One_client_serves_the_program_under_both_of_its_names()
    {
        _services.AddLatchkey(options => (options.BaseUrl, options.ApiKey) = (_server.Url, "secret"));
        using ServiceProvider provider = _services.BuildServiceProvider(validateScopes: true);
        ILatchkeyClient client = provider.GetRequiredService<ILatchkeyClient>();
        Assert.Same(client, provider.GetRequiredService<LatchkeyClient>());
        using (IServiceScope scope = provider.CreateScope()) Assert.Same(client, scope.ServiceProvider.GetRequiredService<ILatchkeyClient>());
        Assert.Equal("NOT_FOUND", (await client.VerifyAsync(s_request)).Code);
        Assert.Equal("NOT_FOUND", client.Verify(s_request).Code);
        Assert.All(_server.Requests, one => Assert.Equal("Bearer secret", one.Header("Authorization")));
        provider.Dispose();
        Assert.Throws<ObjectDisposedException>(() => client.Verify(s_request));
    }

    [Fact]
    public void Named_clients_have_their_own_settings()
    {
        using TestServer other = new(new Answer(200, NotFound));
        _services.AddLatchkey(options => (options.BaseUrl, options.ApiKey) = (_server.Url, "default"));
        _services.AddLatchkey("eu", options => (options.BaseUrl, options.ApiKey) = (other.Url, "eu"));
        _services.AddLatchkey("us", options => (options.BaseUrl, options.ApiKey) = (other.Url, "us"));
        using ServiceProvider provider = _services.BuildServiceProvider();
        foreach (string name in new[] { "eu", "us" }) provider.GetRequiredKeyedService<ILatchkeyClient>(name).Verify(s_request);
        provider.GetRequiredService<ILatchkeyClient>().Verify(s_request);
        Assert.Equal(["Bearer eu", "Bearer us"], other.Requests.Select(one => one.Header("Authorization")));
        Assert.Equal("Bearer default", _server.Request.Header("Authorization"));
        Assert.NotSame(provider.GetRequiredKeyedService<LatchkeyClient>("eu"), provider.GetRequiredKeyedService<LatchkeyClient>("us"));
        Assert.Null(provider.GetKeyedService<ILatchkeyClient>("asia"));
    }

    [Fact]
    public void Calling_it_twice_adds_settings_and_no_second_client()
    {
        _services.AddLatchkey(options => options.BaseUrl = _server.Url);
        _services.AddLatchkey(options => options.ApiKey = "secret");
        using ServiceProvider provider = _services.BuildServiceProvider();
        Assert.Single(provider.GetServices<ILatchkeyClient>()).Verify(s_request);
        Assert.Equal("Bearer secret", _server.Request.Header("Authorization"));
    }

    [Fact]
    public void A_double_that_is_registered_before_is_kept()
    {
        Testing.FakeLatchkeyClient fake = new();
        _services.AddSingleton<ILatchkeyClient>(fake);
        _services.AddLatchkey();
        using ServiceProvider provider = _services.BuildServiceProvider();
        Assert.Same(fake, provider.GetRequiredService<ILatchkeyClient>());
    }

    [Fact]
    public void Settings_come_from_a_configuration_too()
    {
        Dictionary<string, string?> values = new() { ["Latchkey:BaseUrl"] = _server.Url, ["Latchkey:ApiKey"] = "configured", ["Latchkey:Timeout"] = "00:00:07" };
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        _services.Configure<LatchkeyClientOptions>(configuration.GetSection("Latchkey"));
        _services.AddLatchkey();
        using ServiceProvider provider = _services.BuildServiceProvider();
        provider.GetRequiredService<ILatchkeyClient>().Verify(s_request);
        Assert.Equal("Bearer configured", _server.Request.Header("Authorization"));
        Assert.Equal(TimeSpan.FromSeconds(7), provider.GetRequiredService<IOptions<LatchkeyClientOptions>>().Value.Timeout);
    }

    [Fact]
    public void What_is_no_address_is_refused_at_the_start()
    {
        _services.AddLatchkey(options => options.BaseUrl = "localhost:8080");
        _services.AddLatchkey("eu", options => options.BaseUrl = "");
        using ServiceProvider provider = _services.BuildServiceProvider();
        IStartupValidator start = provider.GetRequiredService<IStartupValidator>();
        string said = Assert.ThrowsAny<Exception>(start.Validate).ToString();
        Assert.Contains("BaseUrl is no absolute http or https address", said, StringComparison.Ordinal);
        Assert.Contains("BaseUrl is empty", said, StringComparison.Ordinal);
        Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<ILatchkeyClient>());
    }

    [Fact]
    public void Redirects_are_not_followed_and_handlers_of_the_program_are_used()
    {
        using TestServer server = new(new Answer(307) { Headers = { ["Location"] = $"{_server.Url}/v2/verify" } });
        Counting handler = new();
        _services.AddLatchkey(options => (options.BaseUrl, options.ApiKey) = (server.Url, "secret")).AddHttpMessageHandler(() => handler);
        using ServiceProvider provider = _services.BuildServiceProvider();
        LatchkeyException error = Assert.Throws<LatchkeyException>(() => provider.GetRequiredService<ILatchkeyClient>().Verify(s_request));
        Assert.Equal(307, error.Status);
        Assert.Equal(1, handler.Count);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public void The_logs_of_the_factory_do_not_show_the_secret()
    {
        Lines lines = new();
        _services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(lines));
        _services.AddLatchkey(options => (options.BaseUrl, options.ApiKey) = (_server.Url, "top-secret"));
        using ServiceProvider provider = _services.BuildServiceProvider();
        provider.GetRequiredService<ILatchkeyClient>().Verify(s_request);
        Assert.Contains(lines.All, line => line.Contains("Authorization", StringComparison.Ordinal));
        Assert.All(lines.All, line => Assert.DoesNotContain("top-secret", line, StringComparison.Ordinal));
    }

    [Fact]
    public void It_is_a_typed_client_of_the_factory_as_well()
    {
        _services.AddHttpClient<ILatchkeyClient, LatchkeyClient>(http => http.BaseAddress = new Uri($"{_server.Url}/prefix/"));
        using ServiceProvider provider = _services.BuildServiceProvider();
        provider.GetRequiredService<ILatchkeyClient>().Verify(s_request);
        Assert.Equal("/prefix/v2/verify", _server.Request.Path);
    }

    [Fact]
    public void The_address_may_be_that_of_the_http_client()
    {
        _services.AddLatchkey().ConfigureHttpClient(http => http.BaseAddress = new Uri(_server.Url));
        using ServiceProvider provider = _services.BuildServiceProvider();
        provider.GetRequiredService<ILatchkeyClient>().Verify(s_request);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public void Two_clients_of_http_in_one_are_refused()
    {
        using HttpClient one = new();
        using HttpClient other = new();
        Assert.Throws<ArgumentException>(() => new LatchkeyClient(one, new LatchkeyClientOptions { HttpClient = other }));
        LatchkeyClientOptions options = new() { HttpClient = one };
        new LatchkeyClient(one, options).Dispose();
        LatchkeyClientOptions untouched = new();
        new LatchkeyClient(other, untouched).Dispose();
        Assert.Null(untouched.HttpClient);
    }

    private sealed class Counting : DelegatingHandler
    {
        private int _count;

        public int Count => _count;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
