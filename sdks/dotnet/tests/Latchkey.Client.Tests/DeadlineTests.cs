using System;
using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>When a call is given up: in all, and at once where trying again cannot help.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan s_total = TimeSpan.FromMilliseconds(700);

    // What a busy machine may add.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    public static TheoryData<Way> Ways => new() { Way.Sync, Way.Async };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task All_tries_together_end_by_the_total_time_out(Way way)
    {
        // Each try by itself is well within its own time-out.
        using TestServer server = new((_, _) =>
        {
            Thread.Sleep(200);
            return new Answer(503, "{\"code\":\"store_unavailable\",\"detail\":\"d\"}");
        });
        (LatchkeyException error, TimeSpan took) = await Released(way, OptionsFor(server.Url));
        Assert.Equal(LatchkeyFailure.Timeout, error.Failure);
        Assert.Contains("700 ms", error.Message, StringComparison.Ordinal);
        Assert.InRange(took, s_total * 0.9, s_total + s_grace);
        Assert.InRange(server.Requests.Count, 2, 4);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_wait_that_would_end_too_late_is_not_begun(Way way)
    {
        using TestServer server = new(new Answer(503, "{\"code\":\"store_unavailable\",\"detail\":\"d\"}") { Headers = { ["Retry-After"] = "4" } });
        (LatchkeyException error, TimeSpan took) = await Released(way, OptionsFor(server.Url));
        Assert.Equal((503, "store_unavailable"), (error.Status, error.Code));
        Assert.Single(server.Requests);
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_try_ends_by_what_is_left_and_by_its_own_time_out(Way way)
    {
        using TestServer server = new(new Answer { Fault = "hang" });
        (LatchkeyException total, TimeSpan first) = await Released(way, OptionsFor(server.Url));
        Assert.InRange(first, s_total * 0.9, s_total + s_grace);
        Assert.Contains("700 ms", total.Message, StringComparison.Ordinal);
        LatchkeyClientOptions options = OptionsFor(server.Url);
        options.Timeout = TimeSpan.FromMilliseconds(150);
        (LatchkeyException own, TimeSpan second) = await Released(way, options);
        Assert.InRange(second, options.Timeout * 0.9, options.Timeout + s_grace);
        Assert.Contains("150 ms", own.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_total_time_out_is_a_minute_or_the_longer_time_out_of_a_try()
    {
        Assert.Equal(TimeSpan.FromMinutes(1), new LatchkeyClientOptions().TotalTimeout);
        Assert.Equal(TimeSpan.FromMinutes(3), new LatchkeyClientOptions { Timeout = TimeSpan.FromMinutes(3) }.TotalTimeout);
        Assert.Equal(Timeout.InfiniteTimeSpan, new LatchkeyClientOptions { Timeout = Timeout.InfiniteTimeSpan }.TotalTimeout);
        Assert.Equal(s_total, new LatchkeyClientOptions { TotalTimeout = s_total, Timeout = TimeSpan.FromHours(1) }.TotalTimeout);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatchkeyClientOptions { TotalTimeout = TimeSpan.Zero });
    }

    [Theory]
    [InlineData("localhost", 1, "certificate", Way.Sync)]
    [InlineData("localhost", 1, "UntrustedRoot", Way.Async)]
    [InlineData("other.example", 1, "RemoteCertificateNameMismatch", Way.Sync)]
    [InlineData("localhost", -1, "NotTimeValid", Way.Async)]
    public async Task A_certificate_that_does_not_hold_is_told_with_its_reason_and_not_tried_again(string host, int daysLeft, string reason, Way way)
    {
        using TlsServer server = new(host, daysLeft);
        foreach (bool borrowed in new[] { false, true })
        {
            int before = server.Handshakes;
            using Clients clients = new(server.Url, borrowed: borrowed);
            foreach (bool native in new[] { false, true })
            {
                Exception error = await clients.Failure(way, native);
                Assert.Equal(("Connection", 0), Clients.Seen(error));
                Assert.Contains(reason, error.Message, StringComparison.Ordinal);
                Assert.Contains("Trust the issuer", error.Message, StringComparison.Ordinal);
            }

            Assert.Equal(before + 2, server.Handshakes);
        }
    }

    [Fact]
    public void A_handshake_that_breaks_off_is_tried_again()
    {
        using TlsServer server = new("localhost", 1, breaksOff: true);
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k", RetryDelay = TimeSpan.FromMilliseconds(1) });
        Assert.Equal(LatchkeyFailure.Connection, Assert.Throws<LatchkeyException>(() => client.Release("r")).Failure);
        Assert.Equal(4, server.Handshakes);
    }

    private static LatchkeyClientOptions OptionsFor(string url) => new()
    {
        BaseUrl = url,
        ApiKey = "k",
        Timeout = TimeSpan.FromSeconds(20),
        TotalTimeout = s_total,
        MaxRetries = 50,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        MaxRetryDelay = TimeSpan.FromMilliseconds(1),
    };

    private static async Task<(LatchkeyException Error, TimeSpan Took)> Released(Way way, LatchkeyClientOptions options)
    {
        using LatchkeyClient client = new(options);
        Stopwatch clock = Stopwatch.StartNew();
        Func<Task> call = way == Way.Sync ? () => Task.FromResult(client.Release("r")) : () => client.ReleaseAsync("r");
        return (await Assert.ThrowsAsync<LatchkeyException>(() => Task.Run(call)), clock.Elapsed);
    }
}

/// <summary>A server of TLS that only shakes hands, with a certificate of its own making.</summary>
internal sealed class TlsServer : IDisposable
{
    private readonly System.Net.Sockets.TcpListener _listener = new(System.Net.IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly bool _breaksOff;
    private int _handshakes;

    public TlsServer(string host, int daysLeft, bool breaksOff = false)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(daysLeft));
        _certificate = new X509Certificate2(made.Export(X509ContentType.Pfx));
        _breaksOff = breaksOff;
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public string Url => $"https://localhost:{((System.Net.IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Handshakes => Volatile.Read(ref _handshakes);

    public void Dispose()
    {
        _listener.Stop();
        _certificate.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                using System.Net.Sockets.TcpClient client = _listener.AcceptTcpClient();
                Interlocked.Increment(ref _handshakes);
                if (_breaksOff) continue;
                using SslStream stream = new(client.GetStream());
                stream.AuthenticateAsServer(_certificate);
                stream.ReadByte();
            }
            catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client did not like the certificate.
            }
            catch (Exception error) when (error is System.Net.Sockets.SocketException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
