using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>A question about a key: may it be used now, and for this?</summary>
public sealed class VerifyRequest
{
    private decimal? _charge;
    private decimal? _reserve;

    /// <summary>The text that the client of your API sent.</summary>
    public required string Key { get; init; }

    /// <summary>What the key must be permitted; null demands nothing.</summary>
    public PermissionDemand? Permissions { get; init; }

    /// <summary>The address of the client; a key that is bound to addresses is refused without it.</summary>
    public string? Ip { get; init; }

    /// <summary>Units to take from rate limits of the key. Each limit that is not named gives one.</summary>
    public IReadOnlyList<RateLimitCost>? RateLimits { get; init; }

    /// <summary>USD to spend at once if everything else allows it and every limit has room; at most 9 decimals.</summary>
    /// <exception cref="System.ArgumentOutOfRangeException">It has more decimals.</exception>
    public decimal? Charge
    {
        get => _charge;
        init => _charge = UsdConverter.Checked(value, nameof(Charge));
    }

    /// <summary>USD to hold until it is settled or released, instead of a charge; at most 9 decimals.</summary>
    /// <exception cref="System.ArgumentOutOfRangeException">It has more decimals.</exception>
    public decimal? Reserve
    {
        get => _reserve;
        init => _reserve = UsdConverter.Checked(value, nameof(Reserve));
    }

    /// <summary>How long the hold lasts, in seconds; null takes the 600 of the server.</summary>
    public int? ReserveTtlSeconds { get; init; }

    /// <summary>What happens when nobody ends the hold in time: one of <see cref="OnExpiries"/>; null gives it back.</summary>
    public string? ReserveOnExpiry { get; init; }

    /// <summary>
    /// Makes a charge or hold safe to repeat: the same one for the same key takes the money once. The client makes one up where
    /// money is taken and none is given.
    /// </summary>
    public string? RequestId { get; init; }

    /// <summary>What a charge is noted with, each <c>name=value</c> or a name alone. They do not change the answer.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>
    /// True for a look that costs nothing: the same answer, but no unit is taken from a rate limit, and it is no use of the key. Not
    /// with <see cref="Charge"/> or <see cref="Reserve"/>.
    /// </summary>
    public bool? Peek { get; init; }

    /// <summary>A revision: never answer from older facts. Refused with 503 while it is not reached.</summary>
    public long? AtLeast { get; init; }

    [JsonIgnore]
    internal bool TakesMoney => Charge is not null || Reserve is not null;

    internal VerifyRequest Named(string requestId) => new()
    {
        Key = Key,
        Permissions = Permissions,
        Ip = Ip,
        RateLimits = RateLimits,
        Charge = Charge,
        Reserve = Reserve,
        ReserveTtlSeconds = ReserveTtlSeconds,
        ReserveOnExpiry = ReserveOnExpiry,
        RequestId = requestId,
        Tags = Tags,
        Peek = Peek,
        AtLeast = AtLeast,
    };
}

/// <summary>What a request costs of one rate limit.</summary>
public sealed class RateLimitCost
{
    /// <summary>The name of the limit; one that the key lacks is passed over.</summary>
    public required string Name { get; init; }

    /// <summary>How many units; null takes one.</summary>
    public long? Cost { get; init; }
}
