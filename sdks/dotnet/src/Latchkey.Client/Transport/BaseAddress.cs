using System;

namespace Latchkey.Client.Transport;

/// <summary>The address of a server, to which the path of an operation is added.</summary>
internal static class BaseAddress
{
    /// <summary>What to do when something answers that speaks another language.</summary>
    internal const string Advice = "Check that the base address is that of a Latchkey server.";

    /// <summary>Reads an address and takes slashes off its end.</summary>
    /// <exception cref="ArgumentException">When it is no absolute http or https address, or has a query or fragment.</exception>
    internal static string Parse(string? text, string name)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"{name} must be an absolute http or https address, such as http://localhost:8080.", name);
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            throw new ArgumentException($"{name} must have no query, no fragment and no user name.", name);
        }

        return text!.TrimEnd('/');
    }

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
