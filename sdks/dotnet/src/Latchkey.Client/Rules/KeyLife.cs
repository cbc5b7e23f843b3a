using System;

namespace Latchkey.Client.Rules;

/// <summary>What a key's life depends on.</summary>
public sealed class KeyLife
{
    /// <summary>Whether it is switched off.</summary>
    public bool Disabled { get; init; }

    /// <summary>When it ended for good; null for never.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>From then on it is expired; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Until then it is not valid yet; null for no such time.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Whether its owner is switched off, and the key with it.</summary>
    public bool OwnerDisabled { get; init; }

    /// <summary>What the key is at a moment. Where several hold, the first of revoked, disabled, not yet valid and expired is told.</summary>
    /// <param name="at">The moment.</param>
    /// <returns>One of <see cref="KeyStatuses"/>.</returns>
    public string StatusAt(DateTimeOffset at)
    {
        if (RevokedAt is not null) return KeyStatuses.Revoked;
        if (Disabled || OwnerDisabled) return KeyStatuses.Disabled;
        if (NotBefore > at) return KeyStatuses.NotYetValid;
        return ExpiresAt <= at ? KeyStatuses.Expired : KeyStatuses.Active;
    }
}
