using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>Money to hold for a key, which is named by exactly one of <see cref="KeyId"/> and <see cref="Key"/>.</summary>
public sealed class ReserveRequest
{
    private readonly decimal _amount;

    /// <summary>The id of the key.</summary>
    public string? KeyId { get; init; }

    /// <summary>The text that the client of your API sent.</summary>
    public string? Key { get; init; }

    /// <summary>The most that the work can cost, in USD; at most 9 decimals.</summary>
    /// <exception cref="System.ArgumentOutOfRangeException">It has more decimals.</exception>
    public required decimal Amount
    {
        get => _amount;
        init => _amount = UsdConverter.Checked(value, nameof(Amount)) ?? 0;
    }

    /// <summary>How long the hold lasts, in seconds; null takes the 600 of the server.</summary>
    public int? TtlSeconds { get; init; }

    /// <summary>What happens when nobody ends it in time: one of <see cref="OnExpiries"/>; null gives it back.</summary>
    public string? OnExpiry { get; init; }

    /// <summary>Makes the call safe to repeat: the same id for the same key gets the first reservation.</summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// Sent as the header <c>Idempotency-Key</c>, which the server takes as the request id when there is none. The client makes
    /// one up where neither is given.
    /// </summary>
    [JsonIgnore]
    public string? IdempotencyKey { get; init; }
}
