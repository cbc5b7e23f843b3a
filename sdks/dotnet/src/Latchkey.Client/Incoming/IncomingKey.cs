using System;
using System.Collections.Generic;
using System.Linq;

namespace Latchkey.Client.Incoming;

/// <summary>
/// The key that a client of your API sent, out of the headers of its request. Nothing of a web framework is needed:
/// <c>IncomingKey.From(name => request.Headers[name])</c> reads one of ASP.NET Core.
/// </summary>
public sealed class IncomingKey
{
    // No key is longer, as on the server.
    private const int CharsMax = 256;

    // Several headers of one name count as one, joined by this. No key's text holds a space.
    private const string Separator = ", ";
    private const string Scheme = "bearer";

    private IncomingKey(string? text, string? fault) => (Text, Fault) = (text, fault);

    /// <summary>The text of the key; null where there is none that could be verified.</summary>
    public string? Text { get; }

    /// <summary>
    /// Why there is none: <see cref="FaultCodes.CredentialMissing"/>, <see cref="FaultCodes.CredentialConflict"/> for two different
    /// ones, of which none is chosen, because another part of the way may choose otherwise, or
    /// <see cref="FaultCodes.CredentialInvalid"/> for what can be no key's text. Null where there is one.
    /// </summary>
    public string? Fault { get; }

    /// <summary>
    /// Reads the key from <c>Authorization: Bearer</c> or <c>X-Api-Key</c>, as the server reads its own credentials. Another scheme in
    /// <c>Authorization</c> is somebody else's affair, and an empty value is no key.
    /// </summary>
    /// <param name="header">The values of the header of a name, in the order in which they came; empty or null without it.</param>
    /// <returns>The key, or why there is none.</returns>
    public static IncomingKey From(Func<string, IEnumerable<string?>?> header)
    {
        ArgumentNullException.ThrowIfNull(header);
        IEnumerable<string> bearer = CredentialsOf(Joined(header("Authorization"))).Where(IsBearer).Select(one => one[Scheme.Length..]);
        IEnumerable<string> own = Joined(header("X-Api-Key")).Split(Separator);
        string[] found = [.. bearer.Concat(own).Select(text => text.Trim(' ', '\t')).Where(text => text.Length > 0).Distinct().Take(2)];
        return found switch
        {
            [] => new IncomingKey(null, FaultCodes.CredentialMissing),
            [_, _] => new IncomingKey(null, FaultCodes.CredentialConflict),
            [{ Length: <= CharsMax } text] when text.All(one => one is > ' ' and <= '~') => new IncomingKey(text, null),
            _ => new IncomingKey(null, FaultCodes.CredentialInvalid),
        };
    }

    private static string Joined(IEnumerable<string?>? values) => string.Join(Separator, values ?? []);

    private static bool IsBearer(string credential) => IsBearer(credential.AsSpan());

    private static bool IsBearer(ReadOnlySpan<char> credential) =>
        credential.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && (credential.Length == Scheme.Length || credential[Scheme.Length] is ' ' or '\t');

    // The parts of an Authorization header, each a scheme and what belongs to it. A separator within a quoted parameter of
    // another scheme (Digest username="a, Bearer b") separates nothing; a quote that is never closed takes all that follows.
    private static List<string> CredentialsOf(string header)
    {
        List<string> parts = [];
        int start = 0;
        bool quoted = false;
        // Looked at once for each part, however many quotes are in it.
        bool bearer = IsBearer(header.AsSpan().TrimStart());
        for (int index = 0; index < header.Length; index++)
        {
            if (quoted && header[index] == '\\')
            {
                index++;
            }
            else if (header[index] == '"' && !bearer)
            {
                quoted = !quoted;
            }
            else if (!quoted && string.CompareOrdinal(header, index, Separator, 0, Separator.Length) == 0)
            {
                parts.Add(header[start..index].Trim());
                start = index + Separator.Length;
                bearer = IsBearer(header.AsSpan(start).TrimStart());
            }
        }

        parts.Add(header[start..].Trim());
        return parts;
    }
}
