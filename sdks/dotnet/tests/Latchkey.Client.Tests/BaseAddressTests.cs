using System;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>Which server is called, with the key, when several places may say so.</summary>
[Collection(nameof(ProcessSettings))]
public sealed class BaseAddressTests : IDisposable
{
    private const string Nobody = "http://127.0.0.1:1";
    private const string Variable = "LATCHKEY_BASE_URL";
    private readonly TestServer _server = new((request, _) => request.Method == "GET" ? new Answer(200, "{\"keys\":[]}") : new Answer(200, "{\"valid\":false,\"code\":\"NOT_FOUND\"}"));

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData("/behind/a/prefix", "/behind/a/prefix")]
    [InlineData("/behind/a/prefix/", "/behind/a/prefix")]
    public async Task The_address_of_a_callers_client_is_the_address_of_the_server(string suffix, string prefix)
    {
        using HttpClient http = new() { BaseAddress = new Uri(_server.Url + suffix) };
        using LatchkeyClient native = new(new LatchkeyClientOptions { HttpClient = http, ApiKey = "k" });
        native.Verify(new VerifyRequest { Key = "lk_x" });
        using APIKeysApi bare = new(http);
        bare.ListApiKeys();
        using APIKeysApi configured = new(http, new Configuration { AccessToken = "t" });
        await configured.ListApiKeysAsync();
        using ApiClient client = new(http);
        client.Get<object>("/v1/apikeys", new RequestOptions());
        string[] paths = [.. _server.Requests.Select(one => one.Path)];
        Assert.Equal([$"{prefix}/v2/verify", $"{prefix}/v1/apikeys", $"{prefix}/v1/apikeys", $"{prefix}/v1/apikeys"], paths);
        Assert.Equal([_server.Url + prefix, _server.Url + prefix], [bare.GetBasePath(), configured.GetBasePath()]);
    }

    [Fact]
    public void An_address_that_is_given_beside_it_wins()
    {
        using HttpClient http = new() { BaseAddress = new Uri(Nobody) };
        using LatchkeyClient native = new(new LatchkeyClientOptions { HttpClient = http, BaseUrl = _server.Url, ApiKey = "k" });
        native.Verify(new VerifyRequest { Key = "lk_x" });
        using APIKeysApi named = new(http, _server.Url);
        named.ListApiKeys();
        using APIKeysApi configured = new(http, new Configuration { BasePath = _server.Url });
        configured.ListApiKeys();
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public void The_default_address_is_taken_also_where_somebody_names_it()
    {
        using HttpClient http = new() { BaseAddress = new Uri(_server.Url) };
        using APIKeysApi named = new(http, new Configuration { BasePath = "http://localhost:8080" });
        Assert.Equal("http://localhost:8080", named.GetBasePath());
    }

    [Fact]
    public void The_environment_comes_after_the_callers_client_and_before_the_default()
    {
        try
        {
            Environment.SetEnvironmentVariable(Variable, Nobody);
            using HttpClient addressed = new() { BaseAddress = new Uri(_server.Url) };
            using LatchkeyClient first = new(new LatchkeyClientOptions { HttpClient = addressed });
            first.Verify(new VerifyRequest { Key = "lk_x" });
            Environment.SetEnvironmentVariable(Variable, _server.Url);
            using HttpClient plain = new();
            using LatchkeyClient second = new(new LatchkeyClientOptions { HttpClient = plain });
            second.Verify(new VerifyRequest { Key = "lk_x" });
            Assert.Equal(2, _server.Requests.Count);
            Environment.SetEnvironmentVariable(Variable, "localhost:8080");
            Assert.Contains(Variable, Assert.Throws<ArgumentException>(() => new LatchkeyClient()).Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("localhost")]
    [InlineData("localhost:8080")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("//localhost:8080")]
    [InlineData("/v2")]
    [InlineData("http:localhost")]
    [InlineData("http:/localhost")]
    [InlineData("http://")]
    [InlineData("http://local host")]
    [InlineData("http://localhost:99999")]
    [InlineData("ftp://localhost")]
    [InlineData("file:///etc/hosts")]
    [InlineData("http://localhost?a=b")]
    [InlineData("http://localhost#a")]
    [InlineData("http://root:secret@localhost")]
    public void What_is_no_address_is_refused_at_once_with_what_to_do(string address)
    {
        ArgumentException[] refusals =
        [
            Assert.Throws<ArgumentException>(() => new LatchkeyClient(new LatchkeyClientOptions { BaseUrl = address })),
            Assert.Throws<ArgumentException>(() => new Configuration { BasePath = address }),
            Assert.Throws<ArgumentException>(() => new APIKeysApi(address)),
            Assert.Throws<ArgumentException>(() => new ApiClient(address)),
        ];
        Assert.All(refusals, refusal => Assert.Matches("http://localhost:8080|Leave it away", refusal.Message));
        Assert.All(refusals, refusal => Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_callers_client_with_what_is_no_address_of_a_server_is_refused()
    {
        using HttpClient http = new() { BaseAddress = new Uri("http://localhost/?tenant=1") };
        Assert.Throws<ArgumentException>(() => new LatchkeyClient(new LatchkeyClientOptions { HttpClient = http }));
        Assert.Throws<ArgumentException>(() => new APIKeysApi(http));
        Assert.Throws<ArgumentException>(() => new APIKeysApi(http, new Configuration()));
    }

    [Theory]
    [InlineData(" http://localhost:8080 ", "http://localhost:8080")]
    [InlineData("HTTP://LocalHost:8080//", "http://localhost:8080")]
    [InlineData("https://keys.example.com/a%2Fb/", "https://keys.example.com/a%2Fb")]
    public void What_is_meant_by_an_address_is_taken(string given, string taken) =>
        Assert.Equal(taken, new Configuration { BasePath = given }.BasePath);
}
