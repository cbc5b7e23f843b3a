using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>What goes over the socket and what comes back, for the GoodMem calls.</summary>
[Collection(nameof(ProcessSettings))]
public sealed class APIKeysApiTests
{
    private const string Created = $"{{\"apiKeyMetadata\":{ModelTests.Key},\"rawApiKey\":\"lk_secret\"}}";

    [Fact]
    public void A_create_answers_status_location_and_data()
    {
        Answer answer = new(201, Created) { Headers = { ["location"] = "/v1/apikeys/7d9f" } };
        using TestServer server = new(answer);
        using APIKeysApi api = new(WithKey(server));
        ApiResponse<CreateApiKeyResponse> response = api.CreateApiKeyWithHttpInfo(new CreateApiKeyRequest());
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/v1/apikeys/7d9f", response.Headers["Location"].Single());
        Assert.Equal("application/json", response.Headers["Content-Type"].Single());
        Assert.Equal("lk_secret", response.Data.RawApiKey);
        Assert.Equal(Created, response.RawContent);
        Assert.Same(response.Data, response.Content);
        Assert.Equal(typeof(CreateApiKeyResponse), response.ResponseType);
        Assert.Null(response.ErrorText);
    }

    [Fact]
    public void Bodies_and_headers_are_those_of_the_wire()
    {
        using TestServer server = new((request, _) => request.Method switch
        {
            "DELETE" => new Answer(204),
            "GET" => new Answer(200, "{\"keys\":[]}"),
            _ => new Answer(200, request.Method == "PUT" ? ModelTests.Key : Created),
        });
        using APIKeysApi api = new(WithKey(server));
        api.CreateApiKey(new CreateApiKeyRequest());
        api.UpdateApiKey("id", new UpdateApiKeyRequest());
        api.ListApiKeys();
        api.DeleteApiKey("id");
        string[] lines = server.Requests.Select(one => $"{one.Method} {one.Path} {one.Body}").ToArray();
        Assert.Equal(["POST /v1/apikeys {}", "PUT /v1/apikeys/id {}", "GET /v1/apikeys ", "DELETE /v1/apikeys/id "], lines);
        Assert.Equal(["application/json", "application/json", null, null], server.Requests.Select(one => one.Header("Content-Type")));
        Assert.Equal(["application/json", "application/json", "application/json", null], server.Requests.Select(one => one.Header("Accept")));
        Assert.All(server.Requests, one => Assert.Equal("secret", one.Header("x-api-key")));
        Assert.All(server.Requests, one => Assert.StartsWith("Latchkey.Client/", one.Header("User-Agent"), StringComparison.Ordinal));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public void The_key_may_be_given_in_every_way()
    {
        using TestServer server = new(new Answer(200, "{\"keys\":[]}"));
        Configuration byKey = new() { BasePath = server.Url };
        byKey.AddApiKey("x-api-key", "a");
        Configuration byPrefix = new() { BasePath = server.Url };
        byPrefix.AddApiKey("x-api-key", "a");
        byPrefix.AddApiKeyPrefix("x-api-key", "Key");
        Configuration both = new() { BasePath = server.Url, DefaultHeaders = new Dictionary<string, string> { ["X-API-KEY"] = "b" } };
        both.AddApiKey("x-api-key", "a");
        Configuration token = new() { BasePath = server.Url, AccessToken = "t" };
        foreach (Configuration configuration in new[] { WithKey(server), byKey, byPrefix, both, token })
        {
            using APIKeysApi api = new(configuration);
            api.ListApiKeys();
        }

        Assert.Equal(["secret", "a", "Key a", "a", null], server.Requests.Select(one => one.Header("x-api-key")));
        Assert.Equal("Bearer t", server.Requests[^1].Header("Authorization"));
    }

    [Fact]
    public void Every_constructor_makes_calls_to_where_it_says()
    {
        using TestServer server = new(new Answer(200, "{\"keys\":[]}"));
        using HttpClient http = new();
        using HttpClientHandler handler = new();
        Configuration before = GlobalConfiguration.Instance;
        try
        {
            GlobalConfiguration.Instance = WithKey(server);
            ApiClient client = new(server.Url);
            Func<APIKeysApi>[] constructors =
            [
                () => new APIKeysApi(),
                () => new APIKeysApi(server.Url),
                () => new APIKeysApi(WithKey(server)),
                () => new APIKeysApi(http),
                () => new APIKeysApi(http, handler),
                () => new APIKeysApi(http, server.Url),
                () => new APIKeysApi(http, server.Url, handler),
                () => new APIKeysApi(http, WithKey(server)),
                () => new APIKeysApi(http, WithKey(server), handler),
                () => new APIKeysApi(client, client, WithKey(server)),
            ];
            foreach (Func<APIKeysApi> make in constructors)
            {
                using APIKeysApi api = make();
                Assert.Equal(server.Url, api.GetBasePath());
                Assert.Empty(api.ListApiKeys().Keys);
            }

            Assert.Equal(constructors.Length, server.Requests.Count);
            Assert.All(server.Requests, one => Assert.Equal("secret", one.Header("x-api-key")));
        }
        finally
        {
            GlobalConfiguration.Instance = before;
        }
    }

    [Fact]
    public void A_missing_argument_is_told_before_anything_is_sent()
    {
        using TestServer server = new(new Answer(204));
        using APIKeysApi api = new(WithKey(server));
        (string Parameter, string Operation, Action Call)[] calls =
        [
            ("createApiKeyRequest", "CreateApiKey", () => api.CreateApiKey(null!)),
            ("id", "DeleteApiKey", () => api.DeleteApiKey(null!)),
            ("id", "DeleteApiKey", () => api.DeleteApiKey("")),
            ("id", "UpdateApiKey", () => api.UpdateApiKey(null!, new UpdateApiKeyRequest())),
            ("updateApiKeyRequest", "UpdateApiKey", () => api.UpdateApiKey("id", null!)),
            ("id", "DeleteApiKey", () => api.DeleteApiKeyAsync(null!).GetAwaiter().GetResult()),
        ];
        foreach ((string parameter, string operation, Action call) in calls)
        {
            ApiException error = Assert.Throws<ApiException>(call);
            Assert.Equal(400, error.ErrorCode);
            Assert.Equal($"Missing required parameter '{parameter}' when calling APIKeysApi->{operation}", error.Message);
        }

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public void An_id_cannot_lead_to_another_resource(string id)
    {
        using TestServer server = new(new Answer(204));
        using APIKeysApi api = new(WithKey(server));
        Assert.Equal(400, Assert.Throws<ApiException>(() => api.DeleteApiKey(id)).ErrorCode);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_path_in_the_base_address_stays()
    {
        using TestServer server = new(new Answer(204));
        using APIKeysApi api = new($"{server.Url}/keys/");
        api.DeleteApiKey("{id}/ä");
        Assert.Equal("/keys/v1/apikeys/%7Bid%7D%2F%C3%A4", server.Request.Path);
    }

    [Fact]
    public void A_refusal_carries_status_text_and_headers()
    {
        using TestServer server = new(new Answer(403, "{\"error\":\"Permission denied\"}") { Headers = { ["X-Request-Id"] = "r-1" } });
        using APIKeysApi api = new(WithKey(server));
        ApiException error = Assert.Throws<ApiException>(() => api.UpdateApiKey("id", new UpdateApiKeyRequest()));
        Assert.Equal(403, error.ErrorCode);
        Assert.Equal("{\"error\":\"Permission denied\"}", error.ErrorContent);
        Assert.Equal("Error calling UpdateApiKey: {\"error\":\"Permission denied\"}", error.Message);
        Assert.Equal("r-1", error.Headers["x-request-id"].Single());
    }

    [Fact]
    public void Without_an_exception_factory_every_response_comes_through()
    {
        using TestServer server = new(new Answer(404, "{\"error\":\"API key not found\"}"));
        using APIKeysApi api = new(WithKey(server)) { ExceptionFactory = null };
        ApiResponse<ApiKeyResponse> response = api.UpdateApiKeyWithHttpInfo("id", new UpdateApiKeyRequest());
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Null(response.Data);
        api.ExceptionFactory = (name, _) => new InvalidOperationException(name);
        Assert.Equal("UpdateApiKey", Assert.Throws<InvalidOperationException>(() => api.UpdateApiKey("id", new UpdateApiKeyRequest())).Message);
        api.ExceptionFactory += (_, _) => null;
        Assert.Throws<InvalidOperationException>(() => api.ExceptionFactory);
    }

    [Fact]
    public async Task Doubles_of_the_caller_are_asked_instead_of_the_network()
    {
        Doubles doubles = new();
        using APIKeysApi api = new(doubles, doubles, new Configuration());
        api.DeleteApiKey("a");
        await api.DeleteApiKeyAsync("b");
        Assert.Equal(["sync a", "async b"], doubles.Calls);
        Assert.Null(api.ApiClient);
    }

    [Fact]
    public void A_header_that_http_cannot_carry_is_refused_without_showing_it()
    {
        using TestServer server = new(new Answer(204));
        Configuration configuration = new() { BasePath = server.Url };
        configuration.AddApiKey("x-api-key", "secret\n");
        using APIKeysApi api = new(configuration);
        ArgumentException error = Assert.Throws<ArgumentException>(() => api.DeleteApiKey("id"));
        Assert.Contains("x-api-key", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("bad name")]
    [InlineData("Allow")]
    [InlineData("")]
    public void A_default_header_that_a_request_cannot_have_is_named(string name)
    {
        using TestServer server = new(new Answer(204));
        Configuration configuration = new() { BasePath = server.Url };
        configuration.AddDefaultHeader(name, "value");
        using APIKeysApi api = new(configuration);
        Assert.Contains($"\"{name}\"", Assert.Throws<ArgumentException>(() => api.DeleteApiKey("id")).Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    internal static Configuration WithKey(TestServer server)
    {
        Configuration configuration = new() { BasePath = server.Url, Timeout = TimeSpan.FromSeconds(20) };
        configuration.DefaultHeaders["x-api-key"] = "secret";
        return configuration;
    }

    private sealed class Doubles : ISynchronousClient, IAsynchronousClient
    {
        public List<string> Calls { get; } = new();

        public ApiResponse<T> Delete<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null)
        {
            Calls.Add($"sync {options.PathParameters["id"]}");
            return new ApiResponse<T>(HttpStatusCode.NoContent, default!);
        }

        public Task<ApiResponse<T>> DeleteAsync<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null, CancellationToken cancellationToken = default)
        {
            Calls.Add($"async {options.PathParameters["id"]}");
            return Task.FromResult(new ApiResponse<T>(HttpStatusCode.NoContent, default!));
        }

        public ApiResponse<T> Get<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) => throw new NotSupportedException();

        public ApiResponse<T> Post<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) => throw new NotSupportedException();

        public ApiResponse<T> Put<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) => throw new NotSupportedException();

        public ApiResponse<T> Head<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) => throw new NotSupportedException();

        public ApiResponse<T> Options<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) => throw new NotSupportedException();

        public ApiResponse<T> Patch<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) => throw new NotSupportedException();

        public Task<ApiResponse<T>> GetAsync<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<ApiResponse<T>> PostAsync<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<ApiResponse<T>> PutAsync<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<ApiResponse<T>> HeadAsync<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<ApiResponse<T>> OptionsAsync<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<ApiResponse<T>> PatchAsync<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}

/// <summary>Tests that change settings of the whole process, or count what it holds: nothing runs beside them.</summary>
[CollectionDefinition(nameof(ProcessSettings), DisableParallelization = true)]
public sealed class ProcessSettings
{
}
