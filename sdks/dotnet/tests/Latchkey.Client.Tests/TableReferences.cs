using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Latchkey.Client.Tests;

/// <summary>What stands for a volatile value in the table: `&lt;kind:name&gt;` (docs/sdk-cases.md).</summary>
public sealed class TableReferences(JsonObject known)
{
    private static readonly Regex s_reference = new("<([a-z]+:[a-z0-9-]+)>");
    private static readonly Regex s_whole = new("^<(([a-z]+):[a-z0-9-]+)>$");

    private static readonly Dictionary<string, Regex> s_kinds = new()
    {
        ["id"] = new("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
        ["hash"] = new("^[0-9a-f]{64}$"),
        ["secret"] = new("^[0-9A-Za-z_]{40,}$"),
        ["mask"] = new(@"^\w+_\w{3}\.\.\.\w{3}$"),
        ["time"] = new(@"^(?:\d{12,15}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$"),
        ["number"] = new(@"^-?\d+(?:\.\d+)?$"),
        ["text"] = new("."),
        ["used"] = new(@"^(?:null|\d{12,15})$"),
    };

    private readonly Dictionary<string, JsonNode> _values = known.ToDictionary(entry => entry.Key, entry => entry.Value!);

    /// <summary>Puts the known values in; a text that is nothing but a reference keeps the value's type.</summary>
    public JsonNode? Fill(JsonNode? template) => template switch
    {
        JsonArray items => new JsonArray(items.Select(Fill).ToArray()),
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value)))),
        JsonValue value when value.TryGetValue(out string? text) => FillText(text),
        _ => template?.DeepClone(),
    };

    /// <summary>
    /// Every difference, by its place. Members that are null count as absent. A reference without a value takes the one that
    /// stands there.
    /// </summary>
    public IEnumerable<string> Differences(JsonNode? template, JsonNode? actual, string place)
    {
        switch (template, actual)
        {
            case (JsonArray wanted, JsonArray items) when wanted.Count != items.Count:
                return [$"{place} has {items.Count} items, expected {wanted.Count}"];
            case (JsonArray wanted, JsonArray items):
                return wanted.SelectMany((item, index) => Differences(item, items[index], $"{place}[{index}]")).ToArray();
            case (JsonObject wanted, JsonObject members):
                IEnumerable<string> names = wanted.Select(one => one.Key).Union(members.Select(one => one.Key)).ToArray();
                return names.SelectMany(name => Differences(wanted[name], members[name], $"{place}.{name}")).ToArray();
            case (JsonValue value, _) when value.TryGetValue(out string? text):
                return CompareText(text, actual, place) is { } complaint ? [$"{place} is {Shown(actual)}, {complaint}"] : [];
            default:
                return Same(template, actual) ? [] : [$"{place} is {Shown(actual)}, expected {Shown(template)}"];
        }
    }

    private JsonNode FillText(string text)
    {
        Match whole = s_whole.Match(text);
        if (whole.Success) return Named(whole.Groups[1].Value).DeepClone();
        return JsonValue.Create(s_reference.Replace(text, match => Named(match.Groups[1].Value).ToString()))!;
    }

    private string? CompareText(string template, JsonNode? actual, string place)
    {
        Match whole = s_whole.Match(template);
        if (!whole.Success)
        {
            JsonNode wanted = FillText(template);
            return Same(wanted, actual) ? null : $"expected {Shown(wanted)}";
        }

        string name = whole.Groups[1].Value;
        if (_values.TryGetValue(name, out JsonNode? known)) return Same(known, actual) ? null : $"not <{name}>, which is {Shown(known)}";
        if (!s_kinds[whole.Groups[2].Value].IsMatch(actual?.ToString() ?? "null")) return $"not of the kind of <{name}>";
        if (actual is not null) _values[name] = actual.DeepClone();
        return null;
    }

    private JsonNode Named(string name) =>
        _values.GetValueOrDefault(name) ?? throw new InvalidOperationException($"<{name}> has no value yet");

    private static bool Same(JsonNode? one, JsonNode? other)
    {
        if (one?.GetValueKind() == JsonValueKind.Number && other?.GetValueKind() == JsonValueKind.Number)
        {
            return decimal.Parse(one.ToJsonString()) == decimal.Parse(other.ToJsonString());
        }

        return JsonNode.DeepEquals(one, other);
    }

    private static string Shown(JsonNode? node) => node?.ToJsonString() ?? "null";
}
