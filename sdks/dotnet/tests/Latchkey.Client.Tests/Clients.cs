using System;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>Both clients of one server, for what must hold for both and for both ways of calling.</summary>
public sealed class Clients : IDisposable
{
    private readonly HttpClient? _http;
    private readonly LatchkeyClient _native;
    private readonly APIKeysApi _goodMem;

    /// <summary>Over connections of their own, or over a caller's client where that is asked for.</summary>
    public Clients(string url, TimeSpan? timeout = null, bool borrowed = false, bool decompress = false)
    {
        TimeSpan limit = timeout ?? TimeSpan.FromSeconds(20);
        if (borrowed || decompress)
        {
            DecompressionMethods methods = decompress ? DecompressionMethods.All : DecompressionMethods.None;
            _http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, AutomaticDecompression = methods });
        }

        Configuration configuration = new() { BasePath = url, Timeout = limit };
        _goodMem = _http is null ? new APIKeysApi(configuration) : new APIKeysApi(_http, configuration);
        _native = new LatchkeyClient(new LatchkeyClientOptions
        {
            BaseUrl = url,
            ApiKey = "k",
            Timeout = limit,
            HttpClient = _http,
            RetryDelay = TimeSpan.FromMilliseconds(1),
        });
    }

    /// <summary>A failure in the words of the table, with its status (-1 where it has none).</summary>
    public static (string Kind, int Status) Seen(Exception error)
    {
        System.Text.Json.Nodes.JsonObject seen = TableCalls.Failure(error);
        return (seen["kind"]!.ToString(), seen["status"]?.GetValue<int>() ?? -1);
    }

    /// <summary>Makes a call that must fail. It runs on a thread of its own, so that a sync one does not hold the test.</summary>
    public async Task<Exception> Failure(Way way, bool native, CancellationToken cancellation = default)
    {
        VerifyRequest request = new() { Key = "lk_x" };
        Func<Task> call = (way, native) switch
        {
            (Way.Sync, true) => () => Task.FromResult(_native.Verify(request, cancellation)),
            (Way.Sync, false) => () => Task.FromResult(_goodMem.ListApiKeys()),
            (_, true) => () => _native.VerifyAsync(request, cancellation),
            _ => () => _goodMem.ListApiKeysAsync(cancellation),
        };
        return await Assert.ThrowsAnyAsync<Exception>(() => Task.Run(call, CancellationToken.None));
    }

    public void Dispose()
    {
        _native.Dispose();
        _goodMem.Dispose();
        _http?.Dispose();
    }
}
