using System;
using System.Collections.Generic;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Client.Client;

/// <summary>Settings as a call reads them.</summary>
public interface IReadableConfiguration
{
    /// <summary>Sent as <c>Authorization: Bearer</c> where it is set.</summary>
    string? AccessToken { get; }

    /// <summary>Keys by the name of the header that carries them (<c>x-api-key</c>).</summary>
    IDictionary<string, string> ApiKey { get; }

    /// <summary>What stands before a key, by the name of its header.</summary>
    IDictionary<string, string> ApiKeyPrefix { get; }

    /// <summary>The address of the server, without the path of an operation.</summary>
    string BasePath { get; }

    /// <summary>How moments are written; these operations have none.</summary>
    string DateTimeFormat { get; }

    /// <summary>The same as <see cref="DefaultHeaders"/>.</summary>
    [Obsolete("Use DefaultHeaders.")]
    IDictionary<string, string> DefaultHeader { get; }

    /// <summary>Headers of every call.</summary>
    IDictionary<string, string> DefaultHeaders { get; }

    /// <summary>A folder for downloads; these operations have none.</summary>
    string TempFolderPath { get; }

    /// <summary>How long a call may take, from its start until its answer is read.</summary>
    TimeSpan Timeout { get; }

    /// <summary>The proxy; null takes the one of the environment.</summary>
    IWebProxy? Proxy { get; }

    /// <summary>Sent as <c>User-Agent</c>; null sends none.</summary>
    string? UserAgent { get; }

    /// <summary>A user name; these operations do not use it.</summary>
    string? Username { get; }

    /// <summary>A password; these operations do not use it.</summary>
    string? Password { get; }

    /// <summary>Whether a proxy or server may ask for the credentials of the process.</summary>
    bool UseDefaultCredentials { get; }

    /// <summary>Certificates to show to the server.</summary>
    X509CertificateCollection? ClientCertificates { get; }

    /// <summary>A key as its header carries it.</summary>
    /// <param name="apiKeyIdentifier">The name of the header.</param>
    /// <returns>The key, after its prefix and a space where it has one; null without a key.</returns>
    string? GetApiKeyWithPrefix(string apiKeyIdentifier);
}
