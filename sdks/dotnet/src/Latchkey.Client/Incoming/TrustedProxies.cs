using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using Latchkey.Client.Rules;

namespace Latchkey.Client.Incoming;

/// <summary>
/// The load balancers whose <c>X-Forwarded-For</c> is believed. Name your own and nothing wider: who is among them can claim any
/// address.
/// </summary>
public sealed class TrustedProxies
{
    // As on the server.
    private const int HopsMax = 100;

    private readonly AddressList _proxies;

    private TrustedProxies(AddressList proxies) => _proxies = proxies;

    /// <summary>Reads IP addresses and CIDR blocks, separated by commas, as the server's <c>LATCHKEY_TRUSTED_PROXIES</c>.</summary>
    /// <param name="text">The text; the empty one names none.</param>
    /// <returns>The proxies.</returns>
    /// <exception cref="FormatException">One of them is neither; the message names it.</exception>
    public static TrustedProxies Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new TrustedProxies(AddressList.Parse(text.Split(',').Select(one => one.Trim()).Where(one => one.Length > 0)));
    }

    /// <summary>
    /// The address that a request really came from. The header is believed only when the other end of the connection is one of the
    /// proxies, and then read from the right: the first address that is none of theirs is the client's.
    /// </summary>
    /// <param name="peer">The address of the connection's other end; null where it has none, such as on a Unix socket.</param>
    /// <param name="forwardedFor">The values of <c>X-Forwarded-For</c>, in the order in which they came; null or empty without it.</param>
    /// <returns>
    /// The address. Null where the connection has none, and where a proxy names what is none: the client is then not known, and must
    /// not pass for the proxy.
    /// </returns>
    public IPAddress? ClientAddress(IPAddress? peer, IEnumerable<string?>? forwardedFor)
    {
        if (peer is null) return null;
        IPAddress client = AddressList.AddressOf(peer.ToString()) ?? peer;
        int walked = 0;
        foreach (string hop in string.Join(',', forwardedFor ?? []).Split(',').Select(one => one.Trim(' ', '\t')).Where(one => one.Length > 0).Reverse())
        {
            if (!_proxies.Contains(client)) break;
            if (++walked > HopsMax || AddressOf(hop) is not { } address) return null;
            client = address;
        }

        return client;
    }

    // The address of a hop, which may be quoted and may have a port; of IPv6 only in brackets, since nobody could tell a port from
    // its last group without them (RFC 7239).
    private static IPAddress? AddressOf(string hop)
    {
        string text = hop.Length > 1 && hop[0] == '"' && hop[^1] == '"' ? hop[1..^1] : hop;
        if (AddressList.AddressOf(text) is { } plain) return plain;
        string host;
        string rest;
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0) return null;
            (host, rest) = (text[1..end], text[(end + 1)..]);
            if (!host.Contains(':')) return null;
        }
        else
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) return null;
            (host, rest) = (text[..colon], text[colon..]);
        }

        return rest.Length == 0 || IsPort(rest) ? AddressList.AddressOf(host) : null;
    }

    // Or a name that a proxy has for it (RFC 7239).
    private static bool IsPort(string text)
    {
        if (text[0] != ':' || text.Length < 2) return false;
        string port = text[1..];
        if (port[0] == '_') return port.Length > 1 && port.Skip(1).All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '_' or '-');
        return port.Length <= 5 && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}
