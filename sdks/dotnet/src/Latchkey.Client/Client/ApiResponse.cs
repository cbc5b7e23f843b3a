using System;
using System.Collections.Generic;
using System.Net;

namespace Latchkey.Client.Client;

/// <summary>What a call brought back, whatever the type of its result.</summary>
public interface IApiResponse
{
    /// <summary>The type of the result.</summary>
    Type ResponseType { get; }

    /// <summary>The result; null where there is none.</summary>
    object? Content { get; }

    /// <summary>The HTTP status; 0 when no answer came.</summary>
    HttpStatusCode StatusCode { get; }

    /// <summary>The headers of the answer.</summary>
    Multimap<string, string> Headers { get; }

    /// <summary>What failed, where no answer came or it could not be read; else null.</summary>
    string? ErrorText { get; set; }

    /// <summary>Cookies that the caller's own handler holds for the address; else empty.</summary>
    List<Cookie> Cookies { get; set; }

    /// <summary>The text of the answer.</summary>
    string RawContent { get; }
}

/// <summary>What a call brought back.</summary>
/// <typeparam name="T">The type of the result.</typeparam>
public class ApiResponse<T> : IApiResponse, IFailedResponse
{
    /// <summary>Makes a response with everything.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="headers">The headers.</param>
    /// <param name="data">The result.</param>
    /// <param name="rawContent">The text of the answer.</param>
    public ApiResponse(HttpStatusCode statusCode, Multimap<string, string>? headers, T data, string? rawContent)
    {
        StatusCode = statusCode;
        Headers = headers ?? new Multimap<string, string>();
        Data = data;
        RawContent = rawContent ?? "";
    }

    /// <summary>Makes a response without its text.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="headers">The headers.</param>
    /// <param name="data">The result.</param>
    public ApiResponse(HttpStatusCode statusCode, Multimap<string, string>? headers, T data)
        : this(statusCode, headers, data, null)
    {
    }

    /// <summary>Makes a response without headers.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="data">The result.</param>
    /// <param name="rawContent">The text of the answer.</param>
    public ApiResponse(HttpStatusCode statusCode, T data, string? rawContent)
        : this(statusCode, null, data, rawContent)
    {
    }

    /// <summary>Makes a response without headers and text.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="data">The result.</param>
    public ApiResponse(HttpStatusCode statusCode, T data)
        : this(statusCode, null, data, null)
    {
    }

    /// <inheritdoc/>
    public HttpStatusCode StatusCode { get; }

    /// <inheritdoc/>
    public Multimap<string, string> Headers { get; }

    /// <summary>The result. Null for a call that has none, and for a failed one when no exception factory is set.</summary>
    public T Data { get; }

    /// <inheritdoc/>
    public string? ErrorText { get; set; }

    /// <inheritdoc/>
    public List<Cookie> Cookies { get; set; } = new();

    /// <inheritdoc/>
    public Type ResponseType => typeof(T);

    /// <inheritdoc/>
    public object? Content => Data;

    /// <inheritdoc/>
    public string RawContent { get; }

    Exception? IFailedResponse.Failure => Failure;

    internal Exception? Failure { get; init; }
}

/// <summary>A response that may carry why there is no answer, or why it could not be read.</summary>
internal interface IFailedResponse
{
    Exception? Failure { get; }
}
