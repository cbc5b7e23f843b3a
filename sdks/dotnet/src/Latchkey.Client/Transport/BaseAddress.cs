using System;
using System.Net.Http;

namespace Latchkey.Client.Transport;

/// <summary>The address of a server, to which the path of an operation is added.</summary>
internal static class BaseAddress
{
    /// <summary>What to do when something answers that speaks another language.</summary>
    internal const string Advice = "Check that the base address is that of a Latchkey server.";

    /// <summary>Reads an address and takes slashes off its end.</summary>
    /// <exception cref="ArgumentException">
    /// When it is no absolute http or https address, or has a query, fragment or user name. The message does not quote it,
    /// because of the passwords that such texts have.
    /// </exception>
    internal static string Parse(string? text, string name)
    {
        // Uri takes an address without slashes as one with them, and a file or a scheme of anybody's as an address.
        bool isAddress = Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            && (text!.TrimStart().StartsWith("http://", StringComparison.OrdinalIgnoreCase)
                || text.TrimStart().StartsWith("https://", StringComparison.OrdinalIgnoreCase));
        if (!isAddress)
        {
            string said = string.IsNullOrWhiteSpace(text) ? "is empty" : "is no absolute http or https address";
            throw new ArgumentException($"{name} {said}. Give scheme and host, such as http://localhost:8080.", name);
        }

        if (uri!.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            throw new ArgumentException($"{name} has a query, a fragment or a user name. Leave it away; a key goes into the settings.", name);
        }

        return uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }

    /// <summary>The address that a caller's client has, in the same form; null where it has none.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Parse"/>.</exception>
    internal static string? Of(HttpClient? client) =>
        client?.BaseAddress is { } address ? Parse(address.OriginalString, "HttpClient.BaseAddress") : null;

    /// <summary>What to say about an answer whose body is longer than what is read.</summary>
    internal static string TooLong(int status, long bytes)
    {
        string bound = bytes == HttpReply.BodyBytesMax ? "16 MiB" : $"the {bytes} bytes of the HttpClient";
        return $"The answer ({status}) is longer than {bound} and was not read. {Advice}";
    }

    /// <summary>What to say about an answer that does not fit the call.</summary>
    internal static string Misread(int status, Type expected, Exception reason) =>
        $"The answer ({status}) is no {expected.Name}: {reason.Message} {Advice}";
}
