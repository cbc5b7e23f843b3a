using System;
using System.Collections.Generic;

namespace Latchkey.Client;

/// <summary>
/// A call that failed: the server refused it, could not be reached, took too long, or sent an invalid answer. A verify that
/// says no is none of these; it is a <see cref="Verdict"/>. A call that its caller cancels throws
/// <see cref="OperationCanceledException"/>.
/// </summary>
public sealed class LatchkeyException : Exception
{
    /// <summary>Makes an exception, as a test does that wants to see what becomes of it.</summary>
    /// <param name="failure">What kind of failure it is.</param>
    /// <param name="status">The HTTP status; 0 when no answer came.</param>
    /// <param name="message">What went wrong.</param>
    /// <param name="cause">The exception behind it.</param>
    public LatchkeyException(LatchkeyFailure failure, int status, string message, Exception? cause = null)
        : base(message, cause)
    {
        Failure = failure;
        Status = status;
    }

    /// <summary>What kind of failure it is.</summary>
    public LatchkeyFailure Failure { get; }

    /// <summary>The HTTP status; 0 when no answer came.</summary>
    public int Status { get; }

    /// <summary>The stable word to act on: one of <see cref="FaultCodes"/>, or of a newer server; null without problem details.</summary>
    public string? Code { get; init; }

    /// <summary>What went wrong this time, in the words of the server; null without problem details.</summary>
    public string? Detail { get; init; }

    /// <summary>The name of the call in the server's logs; null where no answer came or it told none.</summary>
    public string? RequestId { get; init; }

    /// <summary>The limit that has no room, where a reserve found none (402).</summary>
    public Bound? Bound { get; init; }

    /// <summary>Whether the same call never passes then, however long it waits: ask for less instead.</summary>
    public bool NeverFits { get; init; }

    /// <summary>Where every limit of the key stands then; else empty.</summary>
    public IReadOnlyList<Budget> Budget { get; init; } = [];

    /// <summary>The id of the key then.</summary>
    public string? KeyId { get; init; }

    /// <summary>What is wrong with the input, one entry per place; else empty.</summary>
    public IReadOnlyList<InputError> Errors { get; init; } = [];

    /// <summary>How long the server asks to wait before another try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Status and headers of the answer; null where none came.</summary>
    public ResponseInfo? Response { get; init; }
}

/// <summary>Kinds of failure.</summary>
public enum LatchkeyFailure
{
    /// <summary>The server answered, and not with success.</summary>
    Refused,

    /// <summary>There was no connection, or it broke.</summary>
    Connection,

    /// <summary>The answer was not there in time.</summary>
    Timeout,

    /// <summary>The server answered success with a body that does not belong to it.</summary>
    Unreadable,
}

/// <summary>What is wrong with one place of the input.</summary>
public sealed class InputError
{
    private readonly string? _pointer;
    private readonly string? _message;

    /// <summary>A JSON pointer into the body (<c>/labels/env</c>), or a place outside it (<c>query:limit</c>).</summary>
    public string Pointer
    {
        get => _pointer ?? "";
        init => _pointer = value;
    }

    /// <summary>What is wrong there.</summary>
    public string Message
    {
        get => _message ?? "";
        init => _message = value;
    }
}
