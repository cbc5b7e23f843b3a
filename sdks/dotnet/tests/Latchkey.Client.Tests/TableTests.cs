using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The table of wire cases that all SDKs share, against recorded replies and against a real server.</summary>
public sealed class TableTests
{
    private const string Closed = "http://127.0.0.1:1";
    private static readonly TimeSpan s_stepTime = TimeSpan.FromSeconds(15);
    private static readonly Lazy<JsonArray> s_cases = new(() => Task.Run(Bench.Cases).GetAwaiter().GetResult());

    public static TheoryData<string, Way> Recorded => Data(_ => true);

    public static TheoryData<string, Way> Live => Data(one => one["live"]?.GetValue<bool>() == true);

    [BenchTheory]
    [MemberData(nameof(Recorded))]
    public async Task The_wire_is_as_recorded(string name, Way way)
    {
        JsonObject one = CaseNamed(name);
        JsonNode run = await Bench.Record(name);
        bool closed = one["server"]?.GetValue<string>() == "closed";
        string url = closed ? Closed : run["url"]!.GetValue<string>();
        List<string> problems = await RunSteps(one, url, run["values"]!.AsObject(), way);
        if (!closed) problems.AddRange((await Bench.Differences(url)).Select(each => each!.ToString()));
        Assert.Equal([], problems);
    }

    [BenchTheory]
    [MemberData(nameof(Live))]
    public async Task A_real_server_answers_the_same(string name, Way way)
    {
        await using LiveServer server = await Bench.Live();
        Assert.Equal([], await RunSteps(CaseNamed(name), server.Url, server.Values, way));
    }

    [BenchFact]
    public void The_table_has_cases_for_this_sdk() => Assert.True(Mine().Count() >= 20, $"only {Mine().Count()}");

    private static async Task<List<string>> RunSteps(JsonObject one, string url, JsonObject values, Way way)
    {
        TableReferences references = new(values);
        List<string> problems = new();
        foreach (JsonObject step in one["steps"]!.AsArray().Select(step => step!.AsObject()))
        {
            // A call that waits on its thread has no token in the surface that we take over.
            Way stepWay = step["cancelAfterMs"] is null ? way : Way.Async;
            problems.AddRange(await RunStep(one, step, url, references, stepWay));
            if (problems.Count > 0) break;
        }

        return problems;
    }

    private static async Task<IEnumerable<string>> RunStep(
        JsonObject one,
        JsonObject step,
        string url,
        TableReferences references,
        Way way)
    {
        using CancellationTokenSource cancel = new();
        JsonNode? credential = step.ContainsKey("as") ? step["as"] : "<secret:root>";
        TableCall call = new(
            step["call"]!.ToString(),
            url,
            references.Fill(credential)?.ToString(),
            references.Fill(step["with"])!.AsObject(),
            one["options"]?["timeoutMs"] is { } timeout ? TimeSpan.FromMilliseconds(timeout.GetValue<int>()) : null,
            one["options"]?["retry"]?.AsObject(),
            cancel.Token);
        try
        {
            bool isNative = one["surface"]!.ToString() == "native";
            Task<JsonNode?> running = Task.Run(() =>
            {
                if (step["cancelAfterMs"] is { } after) cancel.CancelAfter(after.GetValue<int>());
                return isNative ? TableCalls.Native(call, way) : TableCalls.GoodMem(call, way);
            });
            JsonNode? result = await running.WaitAsync(s_stepTime, CancellationToken.None);
            if (step["error"] is not null) return [$"{call.Name}: returned {result}, expected a failure"];
            return references.Differences(step["result"], result, $"{call.Name}: result");
        }
        catch (Exception error) when (step["error"] is JsonObject expected)
        {
            JsonObject seen = TableCalls.Failure(error);
            JsonObject named = new(expected.Select(member => KeyValuePair.Create(member.Key, seen[member.Key]?.DeepClone())));
            string[] problems = references.Differences(expected, named, $"{call.Name}: error").ToArray();
            return problems.Length == 0 ? [] : [.. problems, $"it was {error}"];
        }
        catch (Exception error)
        {
            return [$"{call.Name}: failed: {error}"];
        }
    }

    private static TheoryData<string, Way> Data(Func<JsonObject, bool> wanted)
    {
        TheoryData<string, Way> data = new();
        foreach (JsonObject one in Mine().Where(wanted))
        {
            data.Add(one["name"]!.ToString(), Way.Sync);
            data.Add(one["name"]!.ToString(), Way.Async);
        }

        return data;
    }

    private static IEnumerable<JsonObject> Mine() =>
        s_cases.Value
            .Select(one => one!.AsObject())
            .Where(one => one["surface"]!.ToString() is "goodmem" or "native")
            .Where(one => one["sdks"] is not JsonArray sdks || sdks.Any(sdk => sdk!.ToString() == "dotnet"));

    private static JsonObject CaseNamed(string name) => s_cases.Value.Single(one => one!["name"]!.ToString() == name)!.AsObject();
}
