using System;
using System.Collections;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Linq;
using System.Text;

namespace Latchkey.Client.Model;

/// <summary>What all models do with their members: print them, compare them, look for missing ones.</summary>
internal static class ModelText
{
    private const int MaskedChars = 3;

    internal static string Of(string name, params (string Name, object? Value)[] members)
    {
        StringBuilder text = new();
        text.Append("class ").Append(name).Append(" {\n");
        foreach ((string member, object? value) in members)
        {
            text.Append("  ").Append(member).Append(": ").Append(Show(value)).Append('\n');
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>A secret as it may be shown: what stands before its first underscore, and three characters at each end.</summary>
    internal static string? Mask(string? secret)
    {
        if (secret is null) return null;
        int start = secret.IndexOf('_', StringComparison.Ordinal) + 1;
        bool longEnough = secret.Length - start >= 6 * MaskedChars;
        return longEnough ? $"{secret[..(start + MaskedChars)]}...{secret[^MaskedChars..]}" : "...";
    }

    internal static bool Same(object? one, object? other) => (one, other) switch
    {
        (Dictionary<string, string> labels, Dictionary<string, string> others) =>
            labels.Count == others.Count
            && labels.All(label => others.TryGetValue(label.Key, out string? value) && value == label.Value),
        (IList list, IList others) => list.Cast<object?>().SequenceEqual(others.Cast<object?>()),
        _ => Equals(one, other),
    };

    internal static int Hash(params object?[] members)
    {
        HashCode hash = default;
        foreach (object? member in members) hash.Add(HashOf(member));
        return hash.ToHashCode();
    }

    /// <summary>The first member without a value; an empty text is none, because these name something.</summary>
    internal static string? FirstMissing(params (string Name, object? Value)[] members) =>
        members.FirstOrDefault(member => member.Value is null or "").Name;

    /// <summary>What is wrong with an answer, as validators of .NET ask for it.</summary>
    internal static IEnumerable<ValidationResult> Lacks(IAnswer answer) =>
        answer.Missing() is { } member ? [new ValidationResult($"It lacks the member {member}.", [member])] : [];

    private static int HashOf(object? member) => member switch
    {
        // Whatever the order of the labels.
        Dictionary<string, string> labels => labels.Sum(label => HashCode.Combine(label.Key, label.Value) % 65_521),
        IList list => Hash(list.Cast<object?>().ToArray()),
        _ => member?.GetHashCode() ?? 0,
    };

    private static string Show(object? value) => value switch
    {
        Dictionary<string, string> labels => string.Join(", ", labels.Select(label => $"{label.Key}={label.Value}")),
        IList list => string.Concat(list.Cast<object?>().Select(entry => $"\n{entry}")).TrimEnd('\n'),
        _ => value?.ToString()?.TrimEnd('\n') ?? "",
    };
}
