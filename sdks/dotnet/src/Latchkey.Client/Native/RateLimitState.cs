using System;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>Where a rate limit of a key stands.</summary>
public sealed class RateLimitState : IModel
{
    /// <summary>The name of the limit.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>Units per window.</summary>
    [JsonRequired]
    public long Limit { get; init; }

    /// <summary>The length of the window.</summary>
    [JsonRequired]
    public TimeSpan Window { get; init; }

    /// <summary>Whole units left.</summary>
    [JsonRequired]
    public long Remaining { get; init; }

    /// <summary>
    /// When the limit is full again. On the limit that refused, when the same call passes if nothing else happens; null there
    /// when it never does.
    /// </summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>How long that is from now; only on the limit that refused, and not when the same call never passes.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The same as a number of seconds.</summary>
    public long? RetryAfterSeconds { get; init; }

    bool IModel.IsWhole => !string.IsNullOrEmpty(Name);
}
