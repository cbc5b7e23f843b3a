using System;

namespace Latchkey.Client.Rules;

/// <summary>The window that a moment lies in.</summary>
public sealed class LimitPeriod
{
    private LimitPeriod(DateTimeOffset start, DateTimeOffset? end)
    {
        Start = start;
        End = end;
    }

    /// <summary>Its first moment.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>The first moment after it; null for all time, which has none.</summary>
    public DateTimeOffset? End { get; }

    /// <summary>The UTC day, the UTC week from Monday, the UTC month, or all time.</summary>
    /// <param name="window">One of <see cref="LimitWindows"/>.</param>
    /// <param name="at">The moment.</param>
    /// <returns>The window.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is another word.</exception>
    public static LimitPeriod At(string window, DateTimeOffset at)
    {
        DateTimeOffset day = new(at.UtcDateTime.Date, TimeSpan.Zero);
        DateTimeOffset monday = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
        DateTimeOffset first = day.AddDays(1 - day.Day);
        return window switch
        {
            LimitWindows.Daily => new(day, day.AddDays(1)),
            LimitWindows.Weekly => new(monday, monday.AddDays(7)),
            LimitWindows.Monthly => new(first, first.AddMonths(1)),
            LimitWindows.Total => new(DateTimeOffset.UnixEpoch, null),
            _ => throw new ArgumentOutOfRangeException(nameof(window), $"\"{window}\" is no window."),
        };
    }
}
