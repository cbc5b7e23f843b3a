using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The bench that serves the table of wire cases, and real servers (docs/sdk-cases.md).</summary>
public static class Bench
{
    public const string Missing =
        "LATCHKEY_SDK_BENCH is not set. `npm run test:sdks` in the root of the repository runs this.";

    private static readonly HttpClient s_http = new();

    public static string? Url { get; } = Environment.GetEnvironmentVariable("LATCHKEY_SDK_BENCH");

    /// <summary>The cases of the table.</summary>
    public static async Task<JsonArray> Cases() => (await Ask(HttpMethod.Get, $"{Url}/cases"))["cases"]!.AsArray();

    /// <summary>Starts a run of a case over recorded replies.</summary>
    public static Task<JsonNode> Record(string name) =>
        Ask(HttpMethod.Post, $"{Url}/recorded", new JsonObject { ["case"] = name });

    /// <summary>How what was asked in a run differs from what had to be.</summary>
    public static async Task<JsonArray> Differences(string run) =>
        (await Ask(HttpMethod.Get, $"{run}/verdict"))["differences"]!.AsArray();

    /// <summary>Starts a real server.</summary>
    public static async Task<LiveServer> Live() => new(await Ask(HttpMethod.Post, $"{Url}/live", new JsonObject()));

    internal static async Task<JsonNode> Ask(HttpMethod method, string url, JsonNode? body = null)
    {
        using HttpRequestMessage request = new(method, url);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await s_http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{method} {url}: {text}");
        return JsonNode.Parse(text)!;
    }
}

/// <summary>A real server that the bench started, ended when it is disposed.</summary>
public sealed class LiveServer(JsonNode started) : IAsyncDisposable
{
    public string Url => started["url"]!.GetValue<string>();

    public JsonObject Values => started["values"]!.AsObject();

    public string this[string reference] => Values[reference]!.GetValue<string>();

    public async ValueTask DisposeAsync()
    {
        JsonNode ended = await Bench.Ask(HttpMethod.Delete, $"{Bench.Url}/live/{started["id"]}");
        Assert.Empty(ended["errors"]!.AsArray());
    }
}

/// <summary>A test that needs the bench.</summary>
public sealed class BenchFactAttribute : FactAttribute
{
    public BenchFactAttribute() => Skip = Bench.Url is null ? Bench.Missing : null;
}

/// <summary>Tests that need the bench.</summary>
public sealed class BenchTheoryAttribute : TheoryAttribute
{
    public BenchTheoryAttribute() => Skip = Bench.Url is null ? Bench.Missing : null;
}
