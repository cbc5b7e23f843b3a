using System;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>Where a limit stands that a key's spending counts against. Amounts are USD.</summary>
public sealed class Budget : IModel
{
    /// <summary>Whose limit it is: <c>key</c>, <c>user</c> or <c>workspace</c>.</summary>
    [JsonRequired]
    public string Scope { get; init; } = "";

    /// <summary>The id of that key, user or workspace.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary><c>daily</c>, <c>weekly</c>, <c>monthly</c> or <c>total</c>.</summary>
    [JsonRequired]
    public string Window { get; init; } = "";

    /// <summary>The limit in force.</summary>
    [JsonRequired]
    public decimal Limit { get; init; }

    /// <summary>Settled usage that counts against it.</summary>
    [JsonRequired]
    public decimal Spent { get; init; }

    /// <summary>Open reservations.</summary>
    [JsonRequired]
    public decimal Reserved { get; init; }

    /// <summary>What is left, never below 0.</summary>
    [JsonRequired]
    public decimal Remaining { get; init; }

    /// <summary>
    /// When the window ends; null for <c>total</c>, which never starts again. On the limit that refused, when the same call
    /// passes if nothing else happens; null there when it never does.
    /// </summary>
    public DateTimeOffset? ResetsAt { get; init; }

    bool IModel.IsWhole => IsWhole;

    // A null is read into a text that cannot be null, and must not come out of it later.
    internal bool IsWhole => !string.IsNullOrEmpty(Scope) && !string.IsNullOrEmpty(Id) && !string.IsNullOrEmpty(Window);
}
