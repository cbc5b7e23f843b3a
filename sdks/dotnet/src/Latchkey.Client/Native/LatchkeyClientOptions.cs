using System;
using System.Net.Http;
using Latchkey.Client.Transport;

namespace Latchkey.Client;

/// <summary>Settings of a <see cref="LatchkeyClient"/>.</summary>
public sealed class LatchkeyClientOptions
{
    private static readonly TimeSpan s_totalTimeout = TimeSpan.FromMinutes(1);

    private TimeSpan _timeout = TimeSpan.FromSeconds(30);
    private TimeSpan? _totalTimeout;
    private int _maxRetries = 3;
    private TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);
    private TimeSpan _maxRetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The address of the server; null takes the <c>BaseAddress</c> of <see cref="HttpClient"/>, else the environment's
    /// <c>LATCHKEY_BASE_URL</c>, else <c>http://127.0.0.1:8080</c>. A text that is no address is refused when the client is made.
    /// </summary>
    public string? BaseUrl { get; set; }

    /// <summary>
    /// The secret of the key that makes the calls, usually of a user with the role SERVICE; null takes <c>LATCHKEY_API_KEY</c>,
    /// and an empty text sends none.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// A client of the caller, which is neither changed nor disposed; null opens connections of our own. Its
    /// <c>BaseAddress</c> is the address of the server where <see cref="BaseUrl"/> is null.
    /// </summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>
    /// How long one try may take until its answer is read: 30 seconds unless set. A time-out is not tried again, because nobody
    /// knows what the server did.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is neither between 1 ms and 24 days nor infinite.</exception>
    public TimeSpan Timeout
    {
        get => _timeout;
        set => _timeout = HttpTransport.CheckedTimeout(value, nameof(Timeout));
    }

    /// <summary>
    /// How long a call may take with all of its tries and the waits between them: a minute unless set, or one
    /// <see cref="Timeout"/> where that is longer.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is neither between 1 ms and 24 days nor infinite.</exception>
    public TimeSpan TotalTimeout
    {
        get
        {
            if (_totalTimeout is { } set) return set;
            bool longer = _timeout > s_totalTimeout || _timeout == System.Threading.Timeout.InfiniteTimeSpan;
            return longer ? _timeout : s_totalTimeout;
        }

        set => _totalTimeout = HttpTransport.CheckedTimeout(value, nameof(TotalTimeout));
    }

    /// <summary>
    /// How often a call is tried again after a 5xx, a broken connection, or a 429 that says Retry-After, unless the server asks
    /// for more than 5 seconds: 3 times unless set. Every call is safe to repeat.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MaxRetries
    {
        get => _maxRetries;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxRetries = value;
        }
    }

    /// <summary>The longest wait before the first retry, unless the server says one: 200 ms unless set. It doubles each time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not between 1 ms and 24 days.</exception>
    public TimeSpan RetryDelay
    {
        get => _retryDelay;
        set => _retryDelay = CheckedDelay(value, nameof(RetryDelay));
    }

    /// <summary>What that wait grows to: 5 seconds unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not between 1 ms and 24 days.</exception>
    public TimeSpan MaxRetryDelay
    {
        get => _maxRetryDelay;
        set => _maxRetryDelay = CheckedDelay(value, nameof(MaxRetryDelay));
    }

    /// <summary>
    /// Told after every try of a call: for logs and figures. It runs on the way of the call, so it should be short; what it throws
    /// is dropped. It is never given a key, a secret or a body.
    /// </summary>
    public Action<TryInfo>? OnTry { get; set; }

    internal LatchkeyClientOptions Copy() => (LatchkeyClientOptions)MemberwiseClone();

    private static TimeSpan CheckedDelay(TimeSpan delay, string name) =>
        delay > TimeSpan.Zero
            ? HttpTransport.CheckedTimeout(delay, name)
            : throw new ArgumentOutOfRangeException(name, $"{name} must be between 1 ms and 24 days.");
}
