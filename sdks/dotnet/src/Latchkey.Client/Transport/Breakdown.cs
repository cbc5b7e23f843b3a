using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Security.Authentication;

namespace Latchkey.Client.Transport;

/// <summary>A connection that could not be made, or broke.</summary>
internal static class Breakdown
{
    private const string CertificateAdvice =
        "Trust the issuer of the server's certificate on this machine, or check the host name of the base address.";

    /// <summary>Whether it stays so however often it is tried: there is no agreement on certificates or on TLS.</summary>
    internal static bool IsLasting(HttpRequestException error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException) return true;
        }

        return false;
    }

    /// <summary>What to say about it. .NET tells the reason only in what lies inside the exception.</summary>
    /// <param name="error">How it failed.</param>
    /// <param name="baseAddress">Where to.</param>
    internal static string Tell(HttpRequestException error, string baseAddress)
    {
        List<string> reasons = [];
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            string said = cause.Message.Replace(", see inner exception.", ".", StringComparison.Ordinal);
            if (!reasons.Exists(reason => reason.Contains(said, StringComparison.Ordinal))) reasons.Add(said);
        }

        string advice = IsLasting(error) ? $" {CertificateAdvice}" : "";
        return $"No answer from {baseAddress}: {string.Join(" ", reasons)}{advice}";
    }
}
