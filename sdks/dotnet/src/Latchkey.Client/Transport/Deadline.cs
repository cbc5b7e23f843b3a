using System;
using System.Diagnostics;
using System.Threading;

namespace Latchkey.Client.Transport;

/// <summary>The moment at which a call is given up, with all of its tries. It counts from when it is made.</summary>
internal sealed class Deadline(TimeSpan total)
{
    // The shortest that timers take; what is over ends with the next look at it.
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);

    private readonly long _start = Stopwatch.GetTimestamp();

    private TimeSpan? Left => total == Timeout.InfiniteTimeSpan ? null : total - Stopwatch.GetElapsedTime(_start);

    /// <summary>The shorter of a time and what is left.</summary>
    internal TimeSpan Within(TimeSpan time)
    {
        if (Left is not { } left || (time != Timeout.InfiniteTimeSpan && time <= left)) return time;
        return left > s_least ? left : s_least;
    }

    /// <summary>Whether something is left after a pause.</summary>
    internal bool Allows(TimeSpan? pause) => Left is not { } left || pause < left;
}
