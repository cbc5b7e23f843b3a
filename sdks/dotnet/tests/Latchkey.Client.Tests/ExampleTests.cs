using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The programs in `examples/`, each as a process of its own against a real server.</summary>
public sealed class ExampleTests
{
    // The id that the examples use.
    private const string Id = "550e8400-e29b-41d4-a716-446655440000";

    [BenchFact]
    public async Task The_examples_of_the_seed_do_on_a_real_server_what_they_say()
    {
        await using LiveServer server = await Bench.Live();
        using APIKeysApi api = ApiOf(server);
        int before = api.ListApiKeys().Keys.Count;
        Assert.Contains("RawApiKey: lk_", await Run(server, "CreateApiKey"), StringComparison.Ordinal);
        string created = await Run(server, "CreateApiKeyWithHttpInfo");
        Assert.Contains("Status Code: Created", created, StringComparison.Ordinal);
        Assert.Contains("/v1/apikeys/", created, StringComparison.Ordinal);
        Assert.Equal(before + 2, api.ListApiKeys().Keys.Count);
        foreach (string operation in new[] { "UpdateApiKey", "UpdateApiKeyWithHttpInfo", "ListApiKeys", "ListApiKeysWithHttpInfo" })
        {
            if (!api.ListApiKeys().Keys.Any(key => key.ApiKeyId == Id)) api.CreateApiKey(new CreateApiKeyRequest(apiKeyId: Guid.Parse(Id)));
            Assert.Contains($"ApiKeyId: {Id}", await Run(server, operation), StringComparison.Ordinal);
        }

        await Run(server, "DeleteApiKey");
        Assert.DoesNotContain(api.ListApiKeys().Keys, key => key.ApiKeyId == Id);
    }

    [BenchFact]
    public async Task The_example_that_deletes_with_http_info_deletes()
    {
        await using LiveServer server = await Bench.Live();
        using APIKeysApi api = ApiOf(server);
        api.CreateApiKey(new CreateApiKeyRequest(apiKeyId: Guid.Parse(Id)));
        await Run(server, "DeleteApiKeyWithHttpInfo");
        Assert.DoesNotContain(api.ListApiKeys().Keys, key => key.ApiKeyId == Id);
    }

    [BenchFact]
    public async Task An_example_that_fails_says_why()
    {
        await using LiveServer server = await Bench.Live();
        string said = await Run(server, "DeleteApiKey", fails: true);
        Assert.Contains("Exception when calling APIKeysApi.DeleteApiKey: Error calling DeleteApiKey:", said, StringComparison.Ordinal);
        Assert.Contains("Status Code: 404", said, StringComparison.Ordinal);
    }

    [BenchFact]
    public async Task The_example_of_a_verify_takes_what_the_work_cost()
    {
        await using LiveServer server = await Bench.Live();
        Assert.Contains("wide: settled, 0.0425 USD", await Run(server, "Verify"), StringComparison.Ordinal);
    }

    private static APIKeysApi ApiOf(LiveServer server)
    {
        Configuration configuration = new() { BasePath = server.Url };
        configuration.AddApiKey("x-api-key", server["secret:root"]);
        return new APIKeysApi(configuration);
    }

    private static async Task<string> Run(LiveServer server, string example, bool fails = false)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Latchkey.Examples.dll");
        ProcessStartInfo start = new("dotnet", ["exec", "--roll-forward", "Major", program, example])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["LATCHKEY_BASE_URL"] = server.Url,
                ["LATCHKEY_API_KEY"] = server["secret:root"],
                ["CLIENT_KEY"] = server["secret:wide"],
            },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{example} ended with {process.ExitCode}: {said}{await errors}");
        if (!fails) Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
        Assert.DoesNotContain(server["secret:root"], said, StringComparison.Ordinal);
        return said;
    }
}
