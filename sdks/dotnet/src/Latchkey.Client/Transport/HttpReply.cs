using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Text;
using Latchkey.Client.Client;

namespace Latchkey.Client.Transport;

/// <summary>An answer, read to its end.</summary>
internal sealed record HttpReply(int Status, Multimap<string, string> Headers, string Text)
{
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    internal bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The first value of a header, null without it.</summary>
    internal string? Header(string name) => Headers.TryGetValue(name, out IList<string>? values) ? values[0] : null;

    // JSON is UTF-8 whatever the content type says, and a made-up charset there must not become a failure of its own.
    internal static HttpReply Of(HttpResponseMessage response, byte[] body)
    {
        Multimap<string, string> headers = new();
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            foreach (string value in values) headers.Add(name, value);
        }

        int start = body.AsSpan().StartsWith(s_byteOrderMark) ? s_byteOrderMark.Length : 0;
        return new HttpReply((int)response.StatusCode, headers, Encoding.UTF8.GetString(body, start, body.Length - start));
    }
}
