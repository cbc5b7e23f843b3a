using System;
using System.Collections.Generic;
using System.Globalization;
using Latchkey.Client.Client;

namespace Latchkey.Client;

/// <summary>How long a server asks to wait.</summary>
internal static class RetryAfter
{
    // No server means more than this, and timers take no more.
    private const double MaxSeconds = 86_400;

    // The one that servers send, and the two that RFC 9110 has clients accept.
    private static readonly string[] s_dates = ["r", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];

    /// <summary>Of the header in milliseconds, else of the one in seconds or with a date; null without either.</summary>
    internal static TimeSpan? Of(Multimap<string, string> headers, DateTimeOffset now)
    {
        if (Number(First(headers, "Retry-After-Ms")) is { } milliseconds) return Wait(milliseconds / 1_000);
        string? header = First(headers, "Retry-After")?.Trim();
        if (Number(header) is { } seconds) return Wait(seconds);
        bool isDate = DateTimeOffset.TryParseExact(
            header,
            s_dates,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite,
            out DateTimeOffset date);
        return isDate ? Wait((date - now).TotalSeconds) : null;
    }

    private static string? First(Multimap<string, string> headers, string name) =>
        headers.TryGetValue(name, out IList<string>? values) && values.Count > 0 ? values[0] : null;

    private static double? Number(string? text)
    {
        bool reads = double.TryParse(text?.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        // Texts such as NaN read as numbers too.
        return reads && double.IsFinite(number) ? number : null;
    }

    private static TimeSpan Wait(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, MaxSeconds));
}
