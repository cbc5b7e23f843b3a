namespace Latchkey.Client;

/// <summary>
/// Lets a reservation last longer, or hold more. Neither ever becomes less than before, so that it may be repeated.
/// </summary>
public sealed class ExtendRequest
{
    private readonly decimal? _amount;

    /// <summary>At least how long it is to last from now, in seconds.</summary>
    public required int TtlSeconds { get; init; }

    /// <summary>
    /// At least how much it is to hold in all, in USD, with what it holds already; at most 9 decimals. Null takes what it holds.
    /// </summary>
    /// <exception cref="System.ArgumentOutOfRangeException">It has more decimals.</exception>
    public decimal? Amount
    {
        get => _amount;
        init => _amount = UsdConverter.Checked(value, nameof(Amount));
    }
}
