using System.Collections.Generic;

namespace Latchkey.Client;

/// <summary>How a reservation ends: with an amount, or with a choice for when nobody knows it.</summary>
public sealed class SettleRequest
{
    private readonly decimal? _amount;
    private readonly decimal? _byokAmount;

    /// <summary>What the work really cost, in USD; at most 9 decimals.</summary>
    /// <exception cref="System.ArgumentOutOfRangeException">It has more decimals.</exception>
    public decimal? Amount
    {
        get => _amount;
        init => _amount = UsdConverter.Checked(value, nameof(Amount));
    }

    /// <summary>Usage that was paid elsewhere, in USD; goes with <see cref="Amount"/>.</summary>
    /// <exception cref="System.ArgumentOutOfRangeException">It has more than 9 decimals.</exception>
    public decimal? ByokAmount
    {
        get => _byokAmount;
        init => _byokAmount = UsdConverter.Checked(value, nameof(ByokAmount));
    }

    /// <summary>Instead of an amount: <see cref="UnknownCosts.ChargeHeld"/> or <see cref="UnknownCosts.ChargeNothing"/>.</summary>
    public string? UnknownCost { get; init; }

    /// <summary>What usage can be added up by later.</summary>
    public IReadOnlyDictionary<string, string>? Meta { get; init; }
}

/// <summary>What to take when nobody knows what the work cost.</summary>
public static class UnknownCosts
{
    /// <summary>All that was held.</summary>
    public const string ChargeHeld = "charge_held";

    /// <summary>Nothing.</summary>
    public const string ChargeNothing = "charge_nothing";
}
