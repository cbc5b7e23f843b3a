using System.Collections.Generic;
using Latchkey.Client.Client;

namespace Latchkey.Client.Transport;

/// <summary>What to say about a redirect, which is never followed: a key must not travel to another place.</summary>
internal static class Redirect
{
    internal static string Advice(int status, Multimap<string, string> headers) =>
        headers.TryGetValue("Location", out IList<string>? places)
            ? $"The server answered {status} and points to {places[0]}. Redirects are not followed; set that server as the base address."
            : $"The server answered {status}, a redirect that names no place. Check the base address.";
}
