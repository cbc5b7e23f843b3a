using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;

namespace Latchkey.Client.Transport;

/// <summary>An answer, read to its end.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">The body, without a byte order mark; empty when it was too long to be read.</param>
internal sealed record HttpReply(int Status, Multimap<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The longest body that is read. No answer comes near it, and what is longer must not fill the memory.</summary>
    internal const int BodyBytesMax = 16 * 1024 * 1024;

    // Whatever the length that an answer announces: it may lie.
    private const int FirstBytes = 16 * 1024;

    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    internal bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>Set when the body is longer than this many bytes and was not read for that reason.</summary>
    internal long? TooLongFor { get; private init; }

    /// <summary>The body as text.</summary>
    // JSON is UTF-8 whatever the content type says, and a made-up charset there must not become a failure of its own.
    internal string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The first value of a header, null without it.</summary>
    internal string? Header(string name) => Headers.TryGetValue(name, out IList<string>? values) ? values[0] : null;

    /// <summary>What callers are shown of it.</summary>
    internal ResponseInfo Info(int tries)
    {
        Dictionary<string, IReadOnlyList<string>> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, IList<string> values) in Headers) headers[name] = [.. values];
        return new ResponseInfo { Status = Status, RequestId = Header("X-Request-Id"), Headers = headers, Tries = tries };
    }

    /// <summary>Reads an answer as far as the bound allows, on this thread where it blocks.</summary>
    /// <exception cref="IOException">The connection broke, or the deadline came while this thread was waiting.</exception>
    internal static async Task<HttpReply> ReadAsync(
        HttpResponseMessage response,
        long bytesMax,
        bool blocking,
        CancellationToken deadline)
    {
        Multimap<string, string> headers = new();
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            foreach (string value in values) headers.Add(name, value);
        }

        ArraySegment<byte>? read = await BodyOf(response, bytesMax, blocking, deadline).ConfigureAwait(false);
        ReadOnlyMemory<byte> body = read ?? default;
        if (body.Span.StartsWith(s_byteOrderMark)) body = body[s_byteOrderMark.Length..];
        return new HttpReply((int)response.StatusCode, headers, body) { TooLongFor = read is null ? bytesMax : null };
    }

    // HttpClient passes over a length that it cannot read, and takes what comes until the connection ends for the whole.
    private static void CheckLength(HttpContentHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues told)) return;
        if (headers.ContentLength is null || told.Distinct().Count() > 1) throw new IOException("The answer tells no length that can be read.");
    }

    private static async Task<ArraySegment<byte>?> BodyOf(
        HttpResponseMessage response,
        long bytesMax,
        bool blocking,
        CancellationToken deadline)
    {
        // What comes after a change of the protocol is no body, and may never end.
        if ((int)response.StatusCode < 200) return default(ArraySegment<byte>);
        // An answer to HEAD tells the length of a body that it does not have.
        bool hasBody = response.RequestMessage?.Method != HttpMethod.Head;
        if (hasBody) CheckLength(response.Content.Headers);
        if (hasBody && response.Content.Headers.ContentLength > bytesMax) return null;
        // A read that blocks heeds no token; taking the connection away ends it.
        using CancellationTokenRegistration end = deadline.Register(static ended => ((HttpResponseMessage)ended!).Dispose(), response);
        Stream stream = blocking
            ? response.Content.ReadAsStream(deadline)
            : await response.Content.ReadAsStreamAsync(deadline).ConfigureAwait(false);
        using MemoryStream body = new();
        byte[] part = new byte[FirstBytes];
        while (true)
        {
            int count = blocking ? stream.Read(part) : await stream.ReadAsync(part, deadline).ConfigureAwait(false);
            // A connection that was taken away may look like one that came to its end.
            deadline.ThrowIfCancellationRequested();
            if (count == 0) return new ArraySegment<byte>(body.GetBuffer(), 0, (int)body.Length);
            if (body.Length + count > bytesMax) return null;
            body.Write(part, 0, count);
        }
    }
}
