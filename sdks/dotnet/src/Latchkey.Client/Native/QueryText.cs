using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Latchkey.Client;

/// <summary>A query as it stands in an address. What is null is not asked for, and lists repeat their name.</summary>
internal sealed class QueryText
{
    private readonly List<string> _parts = [];

    internal void Add(string name, string? text)
    {
        if (text is not null) _parts.Add($"{name}={Uri.EscapeDataString(text)}");
    }

    internal void Add(string name, long? number) => Add(name, number?.ToString(CultureInfo.InvariantCulture));

    internal void Add(string name, DateTimeOffset? at) => Add(name, at is { } moment ? InstantConverter.Text(moment) : null);

    internal void Add(string name, IReadOnlyList<string>? texts)
    {
        foreach (string text in texts ?? []) Add(name, text);
    }

    /// <summary>With its question mark; empty without a part.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _parts.Count == 0 ? "" : $"?{string.Join('&', _parts)}";

    /// <summary>The same query at another page.</summary>
    internal static string At(string query, string cursor)
    {
        IEnumerable<string> kept = query.TrimStart('?').Split('&').Where(part => part.Length > 0 && !part.StartsWith("cursor=", StringComparison.Ordinal));
        return $"?{string.Join('&', kept.Append($"cursor={Uri.EscapeDataString(cursor)}"))}";
    }
}
