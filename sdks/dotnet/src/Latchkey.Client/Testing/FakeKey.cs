using System;
using System.Collections.Generic;

namespace Latchkey.Client.Testing;

/// <summary>A key of a <see cref="FakeLatchkeyClient"/>. It may be changed at any time, also between two calls.</summary>
public sealed class FakeKey
{
    /// <summary>Its id: a new one unless set.</summary>
    public string Id { get; init; } = Guid.NewGuid().ToString();

    /// <summary>The id of its owner.</summary>
    public string OwnerId { get; init; } = "fake-owner";

    /// <summary>The id of its workspace.</summary>
    public string WorkspaceId { get; init; } = "fake-workspace";

    /// <summary>The name that your own system has for its user.</summary>
    public string? ExternalUserId { get; set; }

    /// <summary>Its name.</summary>
    public string Name { get; set; } = "fake";

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    /// <summary>What it is permitted. A fake shows it and does not judge by it: set <see cref="Code"/> for a refusal.</summary>
    public IReadOnlyList<string> Permissions { get; set; } = [];

    /// <summary>What a verify says: one of <see cref="VerdictCodes"/>. <see cref="VerdictCodes.Valid"/> unless set.</summary>
    public string Code { get; set; } = VerdictCodes.Valid;

    /// <summary>What a refusal names beside its code, such as a rate limit with how long to wait.</summary>
    public Bound? Bound { get; set; }

    /// <summary>The most that it may spend in all, in USD; null sets no limit. What has no room is refused.</summary>
    public decimal? Limit { get; set; }
}
