using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using Latchkey.Client.Transport;

namespace Latchkey.Client.Client;

/// <summary>Makes the HTTP request of a call.</summary>
internal static class RequestWriter
{
    private const string KeyHeader = "x-api-key";

    internal static HttpRequestMessage Write(
        HttpMethod method,
        string basePath,
        string path,
        RequestOptions options,
        IReadableConfiguration settings)
    {
        HttpRequestMessage request = new(method, AddressOf(basePath, path, options));
        if (options.Data is not null)
        {
            request.Content = new ByteArrayContent(ModelJson.Write(options.Data));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (settings.UserAgent is { Length: > 0 } agent) HttpTransport.SetHeader(request, "User-Agent", agent);
        if (!options.IsAnonymous && settings.AccessToken is { Length: > 0 } token) HttpTransport.SetHeader(request, "Authorization", $"Bearer {token}");
        foreach ((string name, string value) in settings.DefaultHeaders) HttpTransport.SetHeader(request, name, value);
        if (!options.IsAnonymous && settings.GetApiKeyWithPrefix(KeyHeader) is { Length: > 0 } key) HttpTransport.SetHeader(request, KeyHeader, key);
        foreach ((string name, IList<string> values) in options.HeaderParameters)
        {
            HttpTransport.SetHeader(request, name, string.Join(", ", values));
        }

        if (options.Cookies.Count > 0)
        {
            IEnumerable<Cookie> cookies = options.Cookies;
            HttpTransport.SetHeader(request, "Cookie", string.Join("; ", cookies.Select(cookie => $"{cookie.Name}={cookie.Value}")));
        }

        return request;
    }

    private static Uri AddressOf(string basePath, string path, RequestOptions options)
    {
        StringBuilder address = new(basePath);
        StringBuilder filled = new(path);
        foreach ((string name, string value) in options.PathParameters)
        {
            filled.Replace($"{{{name}}}", Uri.EscapeDataString(value));
        }

        address.Append(filled);
        char separator = '?';
        foreach ((string name, IList<string> values) in options.QueryParameters)
        {
            foreach (string value in values)
            {
                address.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return new Uri(address.ToString());
    }
}
