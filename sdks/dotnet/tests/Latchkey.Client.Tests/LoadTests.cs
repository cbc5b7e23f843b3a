using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>Many calls at once against a real server, and what is left of them afterwards.</summary>
[Collection(nameof(ProcessSettings))]
public sealed class LoadTests(Figures figures) : IClassFixture<Figures>
{
    private const int Calls = 10_000;
    private const int Workers = 64;

    // The pool starts some by itself at any time; a leak would be one per call or connection.
    private const int SpareThreads = 16;

    [BenchFact]
    public async Task Ten_thousand_calls_at_once_leave_no_connection_handle_or_thread_behind()
    {
        await using LiveServer server = await Bench.Live();
        // Once before counting: what the runtime opens for good is no leak.
        await Storm(server, Calls / 10);
        (int handlesBefore, int threadsBefore) = await Settled(int.MaxValue, int.MaxValue);
        Stopwatch clock = Stopwatch.StartNew();
        Tally tally = await Storm(server, Calls);
        double seconds = clock.Elapsed.TotalSeconds;
        (int handles, int threads) = await Settled(handlesBefore, threadsBefore + SpareThreads);
        string seen =
            $"{Calls} calls over {Workers} workers in {seconds:0.0} s, at most {tally.MostAtOnce} at once over {tally.Connections} connections; "
            + $"handles {handlesBefore} before and {handles} after, threads {threadsBefore} and {threads}";
        figures.Show(seen);
        Assert.Empty(tally.Failures.Take(5));
        Assert.Equal(Calls, tally.Done);
        Assert.InRange(tally.MostAtOnce, Workers / 2, Workers);
        Assert.InRange(tally.Connections, 1, Workers);
        Assert.InRange(handles, 0, handlesBefore);
        Assert.InRange(threads, 0, threadsBefore + SpareThreads);
    }

    [BenchFact]
    public async Task Objects_with_connections_of_their_own_close_them()
    {
        const int Objects = 200;
        await using LiveServer server = await Bench.Live();
        Configuration configuration = new() { BasePath = server.Url };
        configuration.AddApiKey("x-api-key", server["secret:user"]);
        LatchkeyClientOptions options = new() { BaseUrl = server.Url, ApiKey = server["secret:root"] };
        // Kept, because what nothing points to any more is closed by the garbage collector, disposed or not.
        List<object> disposed = new();
        async Task OpenAndClose()
        {
            using APIKeysApi api = new(configuration);
            using LatchkeyClient latchkey = new(options);
            disposed.AddRange([api, latchkey]);
            api.ListApiKeys();
            await latchkey.VerifyAsync(new VerifyRequest { Key = "lk_unknown" });
        }

        await OpenAndClose();
        (int handlesBefore, _) = await Settled(int.MaxValue, int.MaxValue);
        for (int made = 0; made < Objects; made++) await OpenAndClose();
        (int handles, _) = await Settled(handlesBefore, int.MaxValue);
        figures.Show($"{disposed.Count} objects opened, used and disposed; handles {handlesBefore} before and {handles} after");
        Assert.InRange(handles, 0, handlesBefore);
        GC.KeepAlive(disposed);
    }

    [Fact]
    public void Calls_that_wait_on_their_threads_share_a_few_connections()
    {
        const int Threads = 16;
        const int CallsPerThread = 100;
        using TestServer server = new((request, _) => request.Path == "/v1/apikeys"
            ? new Answer(200, "{\"keys\":[]}")
            : new Answer(200, "{\"valid\":false,\"code\":\"NOT_FOUND\"}"));
        using APIKeysApi api = new(APIKeysApiTests.WithKey(server));
        using LatchkeyClient latchkey = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k" });
        ConcurrentBag<Exception> failures = new();
        Thread[] threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            Exception? failure = Record.Exception(() =>
            {
                for (int call = 0; call < CallsPerThread; call++)
                {
                    api.ListApiKeys();
                    latchkey.Verify(new VerifyRequest { Key = "lk_x" });
                }
            });
            if (failure is not null) failures.Add(failure);
        })).ToArray();
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(failures);
        Assert.Equal(2 * Threads * CallsPerThread, server.Requests.Count);
        figures.Show($"{server.Requests.Count} waiting calls on {Threads} threads over {server.Connections} connections of two clients");
        // A connection may be opened for a call that another one then serves.
        Assert.InRange(server.Connections, 2, 2 * 2 * Threads);
    }

    private static async Task<Tally> Storm(LiveServer server, int calls)
    {
        Tally tally = new();
        using SocketsHttpHandler handler = new() { MaxConnectionsPerServer = Workers, ConnectCallback = tally.Connect };
        using HttpClient http = new(handler);
        Configuration configuration = new() { BasePath = server.Url };
        configuration.AddApiKey("x-api-key", server["secret:user"]);
        using APIKeysApi api = new(http, configuration);
        using LatchkeyClient latchkey = new(new LatchkeyClientOptions
        {
            BaseUrl = server.Url,
            ApiKey = server["secret:root"],
            HttpClient = http,
            MaxRetries = 0,
        });
        VerifyRequest request = new() { Key = server["secret:wide"], Permissions = "documents.read" };
        int next = 0;
        async Task Work()
        {
            for (int call = Interlocked.Increment(ref next); call <= calls; call = Interlocked.Increment(ref next))
            {
                await tally.Count(() => OneCall(call, api, latchkey, request));
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(Work)));
        return tally;
    }

    // Of ten calls seven verify, and every kind of ending is among the others: success, refusal and giving up.
    private static async Task OneCall(int call, APIKeysApi api, LatchkeyClient latchkey, VerifyRequest request)
    {
        switch (call % 10)
        {
            case 0:
                Assert.NotEmpty((await api.ListApiKeysAsync()).Keys);
                break;
            case 1:
                ApiException refusal = await Assert.ThrowsAsync<ApiException>(() => api.DeleteApiKeyAsync("no-id"));
                Assert.Equal(400, refusal.ErrorCode);
                break;
            case 2:
                Verdict unknown = await latchkey.VerifyAsync(new VerifyRequest { Key = "lk_unknown" });
                Assert.Equal(VerdictCodes.NotFound, unknown.Code);
                break;
            default:
                Assert.True((await latchkey.VerifyAsync(request)).Valid);
                break;
        }
    }

    // Closed sockets and idle threads go away a moment later; waits until they have, or no longer than that takes.
    private static async Task<(int Handles, int Threads)> Settled(int handlesAtMost, int threadsAtMost)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (true)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            (int handles, int threads) now = (OpenHandles(), Process.GetCurrentProcess().Threads.Count);
            bool small = now.handles <= handlesAtMost && now.threads <= threadsAtMost;
            if (small || clock.Elapsed > TimeSpan.FromSeconds(20)) return now;
            await Task.Delay(50);
        }
    }

    // Libraries that the runtime has come to need meanwhile stay open for good.
    private static int OpenHandles() =>
        Directory.Exists("/proc/self/fd")
            ? Directory.GetFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) == false)
            : Process.GetCurrentProcess().HandleCount;

    private sealed class Tally
    {
        private int _done;
        private int _running;
        private int _most;
        private int _connections;

        public int Done => _done;

        public int MostAtOnce => _most;

        public int Connections => _connections;

        public ConcurrentBag<string> Failures { get; } = new();

        public async Task Count(Func<Task> call)
        {
            int running = Interlocked.Increment(ref _running);
            for (int most = _most; running > most; most = _most) Interlocked.CompareExchange(ref _most, running, most);
            try
            {
                await call();
                Interlocked.Increment(ref _done);
            }
            catch (Exception error)
            {
                Failures.Add(error.ToString());
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }

        public async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _connections);
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
