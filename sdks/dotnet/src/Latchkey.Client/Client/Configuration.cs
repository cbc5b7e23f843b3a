using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client.Transport;

namespace Latchkey.Client.Client;

/// <summary>
/// Settings of an API object. The key goes into <see cref="DefaultHeaders"/> under <c>x-api-key</c>, or into
/// <see cref="AddApiKey"/> with that name; where one object has both, the latter is sent.
/// </summary>
public class Configuration : IReadableConfiguration
{
    /// <summary>The version of this package.</summary>
    public static readonly string Version = typeof(Configuration).Assembly.GetName().Version!.ToString(3);

    /// <summary>The format of <see cref="DateTimeFormat"/> unless another is set: ISO 8601.</summary>
    public const string ISO8601_DATETIME_FORMAT = "o";

    private const int MessageChars = 4_000;
    private const string DefaultBasePath = "http://localhost:8080";

    private string _basePath = DefaultBasePath;
    private bool _basePathWasSet;
    private TimeSpan _timeout = TimeSpan.FromSeconds(100);
    private IDictionary<string, string> _defaultHeaders = NewDictionary();
    private IDictionary<string, string> _apiKey = NewDictionary();
    private IDictionary<string, string> _apiKeyPrefix = NewDictionary();
    private IList<IReadOnlyDictionary<string, object>> _servers = new List<IReadOnlyDictionary<string, object>>
    {
        new Dictionary<string, object> { ["url"] = DefaultBasePath, ["description"] = "A server on this machine" },
    };

    /// <summary>Makes settings with nothing but defaults.</summary>
    public Configuration()
    {
    }

    /// <summary>Makes settings.</summary>
    /// <param name="defaultHeaders">Headers of every call.</param>
    /// <param name="apiKey">Keys by the name of their header.</param>
    /// <param name="apiKeyPrefix">What stands before them.</param>
    /// <param name="basePath">The address of the server.</param>
    public Configuration(
        IDictionary<string, string> defaultHeaders,
        IDictionary<string, string> apiKey,
        IDictionary<string, string> apiKeyPrefix,
        string basePath = DefaultBasePath)
    {
        ArgumentNullException.ThrowIfNull(defaultHeaders);
        ArgumentNullException.ThrowIfNull(apiKey);
        ArgumentNullException.ThrowIfNull(apiKeyPrefix);
        BasePath = basePath;
        CopyTo(_defaultHeaders, defaultHeaders);
        CopyTo(_apiKey, apiKey);
        CopyTo(_apiKeyPrefix, apiKeyPrefix);
    }

    /// <summary>
    /// Makes an <see cref="ApiException"/> of every status but 2xx, of status 0 (no answer came) and of an answer that
    /// could not be read.
    /// </summary>
    public static ExceptionFactory DefaultExceptionFactory { get; set; } = FailureOf;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">When it is set to a text that is no address.</exception>
    public virtual string BasePath
    {
        get => _basePath;
        set
        {
            _basePath = BaseAddress.Parse(value, nameof(BasePath));
            _basePathWasSet = true;
        }
    }

    /// <summary>Whether somebody said which server it is, so that another place to look for it need not be asked.</summary>
    internal bool NamesServer => _basePathWasSet || BasePath != DefaultBasePath;

    /// <inheritdoc/>
    public virtual bool UseDefaultCredentials { get; set; }

    /// <inheritdoc/>
    [Obsolete("Use DefaultHeaders.")]
    public virtual IDictionary<string, string> DefaultHeader
    {
        get => DefaultHeaders;
        set => DefaultHeaders = value;
    }

    /// <inheritdoc/>
    public virtual IDictionary<string, string> DefaultHeaders
    {
        get => _defaultHeaders;
        set => _defaultHeaders = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>
    /// How long a call may take, from its start until its answer is read: 100 seconds unless set.
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> waits for ever.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">When it is neither that nor between 1 ms and 24 days.</exception>
    public virtual TimeSpan Timeout
    {
        get => _timeout;
        set => _timeout = HttpTransport.CheckedTimeout(value, nameof(Timeout));
    }

    /// <inheritdoc/>
    public virtual IWebProxy? Proxy { get; set; }

    /// <inheritdoc/>
    public virtual string? UserAgent { get; set; } = HttpTransport.UserAgent;

    /// <inheritdoc/>
    public virtual string? Username { get; set; }

    /// <inheritdoc/>
    public virtual string? Password { get; set; }

    /// <inheritdoc/>
    public virtual X509CertificateCollection? ClientCertificates { get; set; }

    /// <inheritdoc/>
    public virtual string? AccessToken { get; set; }

    /// <inheritdoc/>
    public virtual string TempFolderPath { get; set; } = Path.GetTempPath();

    /// <inheritdoc/>
    public virtual string DateTimeFormat { get; set; } = ISO8601_DATETIME_FORMAT;

    /// <inheritdoc/>
    public virtual IDictionary<string, string> ApiKeyPrefix
    {
        get => _apiKeyPrefix;
        set => _apiKeyPrefix = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <inheritdoc/>
    public virtual IDictionary<string, string> ApiKey
    {
        get => _apiKey;
        set => _apiKey = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Addresses that a server usually has, each with <c>url</c> and <c>description</c>.</summary>
    public virtual IList<IReadOnlyDictionary<string, object>> Servers
    {
        get => _servers;
        set => _servers = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>The address of one of <see cref="Servers"/>.</summary>
    /// <param name="index">Which.</param>
    /// <returns>The address.</returns>
    /// <exception cref="InvalidOperationException">When there is none of that number.</exception>
    public string GetServerUrl(int index)
    {
        if (index < 0 || index >= Servers.Count)
        {
            throw new InvalidOperationException($"There is no server {index}: Servers has {Servers.Count}.");
        }

        return (string)Servers[index]["url"];
    }

    /// <inheritdoc/>
    public string? GetApiKeyWithPrefix(string apiKeyIdentifier)
    {
        ArgumentNullException.ThrowIfNull(apiKeyIdentifier);
        if (Find(ApiKey, apiKeyIdentifier) is not { } key) return null;
        string? prefix = Find(ApiKeyPrefix, apiKeyIdentifier);
        return string.IsNullOrEmpty(prefix) ? key : $"{prefix} {key}";
    }

    /// <summary>Sends a key in a header.</summary>
    /// <param name="key">The name of the header (<c>x-api-key</c>).</param>
    /// <param name="value">The key.</param>
    public void AddApiKey(string key, string value) => ApiKey[key] = value;

    /// <summary>Puts a word and a space before a key.</summary>
    /// <param name="key">The name of the header that carries the key.</param>
    /// <param name="value">The word.</param>
    public void AddApiKeyPrefix(string key, string value) => ApiKeyPrefix[key] = value;

    /// <summary>Sends a header with every call.</summary>
    /// <param name="key">The name of the header.</param>
    /// <param name="value">Its value.</param>
    public void AddDefaultHeader(string key, string value) => DefaultHeaders[key] = value;

    /// <summary>What a report of a problem should say about the machine. It names no setting and no key.</summary>
    /// <returns>A text of several lines.</returns>
    public static string ToDebugReport() =>
        string.Join(
            Environment.NewLine,
            "C# SDK (Latchkey.Client) debug report:",
            $"    OS: {RuntimeInformation.OSDescription}",
            $"    .NET Framework Version: {RuntimeInformation.FrameworkDescription}",
            $"    SDK Package Version: {Version}",
            "");

    /// <summary>
    /// Settings of two: what the second has wins (so its base path and time-out always do), and dictionaries are put together.
    /// A header that the second gives is sent as it gives it, also where the first gives it the other way (as a key or as a
    /// default header).
    /// </summary>
    /// <param name="first">The settings to start from.</param>
    /// <param name="second">The settings that win; null answers the first.</param>
    /// <returns>New settings.</returns>
    public static IReadableConfiguration MergeConfigurations(IReadableConfiguration first, IReadableConfiguration? second)
    {
        ArgumentNullException.ThrowIfNull(first);
        if (second is null) return first;
        return new Configuration
        {
            ApiKey = Merged(first.ApiKey.Where(entry => Find(second.DefaultHeaders, entry.Key) is null), second.ApiKey),
            ApiKeyPrefix = Merged(first.ApiKeyPrefix, second.ApiKeyPrefix),
            DefaultHeaders = Merged(
                first.DefaultHeaders.Where(entry => Find(second.ApiKey, entry.Key) is null),
                second.DefaultHeaders),
            BasePath = second.BasePath,
            Timeout = second.Timeout,
            Proxy = second.Proxy ?? first.Proxy,
            UserAgent = second.UserAgent ?? first.UserAgent,
            Username = second.Username ?? first.Username,
            Password = second.Password ?? first.Password,
            AccessToken = second.AccessToken ?? first.AccessToken,
            TempFolderPath = second.TempFolderPath ?? first.TempFolderPath,
            DateTimeFormat = second.DateTimeFormat ?? first.DateTimeFormat,
            ClientCertificates = second.ClientCertificates ?? first.ClientCertificates,
            UseDefaultCredentials = second.UseDefaultCredentials || first.UseDefaultCredentials,
        };
    }

    private static Exception? FailureOf(string methodName, IApiResponse response)
    {
        int status = (int)response.StatusCode;
        Exception? cause = (response as IFailedResponse)?.Failure;
        string said = status switch
        {
            >= 300 and < 400 => Redirect.Advice(status, response.Headers),
            >= 400 when cause is null => Excerpt(response.RawContent),
            _ => response.ErrorText ?? $"The server answered {status}, which is no answer. {BaseAddress.Advice}",
        };
        if (status is >= 200 and < 300 && cause is null) return null;
        object? content = status == 0 ? response.ErrorText : response.RawContent;
        return new ApiException(status, $"Error calling {methodName}: {said}", content, response.Headers, cause);
    }

    // All of it is in ErrorContent; a message goes into logs.
    private static string Excerpt(string text) => text.Length <= MessageChars ? text : $"{text[..MessageChars]}...";

    private static ConcurrentDictionary<string, string> NewDictionary() => new(StringComparer.OrdinalIgnoreCase);

    private static ConcurrentDictionary<string, string> Merged(
        IEnumerable<KeyValuePair<string, string>> first,
        IEnumerable<KeyValuePair<string, string>> second)
    {
        ConcurrentDictionary<string, string> merged = NewDictionary();
        CopyTo(merged, first);
        CopyTo(merged, second);
        return merged;
    }

    private static void CopyTo(IDictionary<string, string> target, IEnumerable<KeyValuePair<string, string>> source)
    {
        foreach ((string name, string value) in source) target[name] = value;
    }

    // A dictionary that the caller brought may tell upper case from lower case; headers do not.
    private static string? Find(IDictionary<string, string> entries, string name) =>
        entries.FirstOrDefault(entry => string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
