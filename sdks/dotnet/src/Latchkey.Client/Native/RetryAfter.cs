using System;
using System.Globalization;
using Latchkey.Client.Transport;

namespace Latchkey.Client;

/// <summary>How long a server asks to wait.</summary>
internal static class RetryAfter
{
    // No server means more than this, and timers take no more.
    private const double MaxSeconds = 86_400;

    /// <summary>Of the header in milliseconds, else of the one in seconds or with a date; null without either.</summary>
    internal static TimeSpan? Of(HttpReply reply, DateTimeOffset now)
    {
        if (Number(reply.Header("Retry-After-Ms")) is { } milliseconds) return Wait(milliseconds / 1_000);
        string? header = reply.Header("Retry-After");
        if (Number(header) is { } seconds) return Wait(seconds);
        bool isDate = DateTimeOffset.TryParseExact(
            header,
            "r",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out DateTimeOffset date);
        return isDate ? Wait((date - now).TotalSeconds) : null;
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : null;

    private static TimeSpan Wait(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, MaxSeconds));
}
