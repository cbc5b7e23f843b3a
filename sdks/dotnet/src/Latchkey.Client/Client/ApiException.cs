using System;
using System.Collections.Generic;

namespace Latchkey.Client.Client;

/// <summary>A call that failed: the server refused it, could not be reached, or sent an invalid answer.</summary>
public class ApiException : Exception
{
    /// <summary>Makes an exception that says nothing.</summary>
    public ApiException()
    {
    }

    /// <summary>Makes an exception with a status.</summary>
    /// <param name="errorCode">The HTTP status, or 0.</param>
    /// <param name="message">What went wrong.</param>
    public ApiException(int errorCode, string message)
        : this(errorCode, message, null, null, null)
    {
    }

    /// <summary>Makes an exception with what the server sent.</summary>
    /// <param name="errorCode">The HTTP status, or 0.</param>
    /// <param name="message">What went wrong.</param>
    /// <param name="errorContent">The text of the answer.</param>
    /// <param name="headers">The headers of the answer.</param>
    public ApiException(int errorCode, string message, object? errorContent = null, Multimap<string, string>? headers = null)
        : this(errorCode, message, errorContent, headers, null)
    {
    }

    internal ApiException(
        int errorCode,
        string message,
        object? errorContent,
        Multimap<string, string>? headers,
        Exception? cause)
        : base(message, cause)
    {
        ErrorCode = errorCode;
        ErrorContent = errorContent;
        Headers = headers ?? new Multimap<string, string>();
    }

    /// <summary>
    /// The HTTP status. 0 when no answer came; 400 also for an argument that is missing; a 2xx when the answer could not be
    /// read.
    /// </summary>
    public int ErrorCode { get; set; }

    /// <summary>The text of the answer, as it came.</summary>
    public object? ErrorContent { get; }

    /// <summary>The headers of the answer; empty when none came.</summary>
    public Multimap<string, string> Headers { get; } = new();

    /// <summary>The name of the call in the server's logs; null where no answer came or it told none.</summary>
    public string? RequestId => Headers.TryGetValue("X-Request-Id", out IList<string>? values) && values.Count > 0 ? values[0] : null;

    /// <summary>How long the server asks to wait before another try; null where it does not.</summary>
    public TimeSpan? RetryAfter => Latchkey.Client.RetryAfter.Of(Headers, DateTimeOffset.UtcNow);
}
