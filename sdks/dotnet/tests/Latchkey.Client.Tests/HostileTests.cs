using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>Servers that answer too much, too slowly, or otherwise than they say: what a call costs at most, and when it ends.</summary>
[Collection(nameof(ProcessSettings))]
public sealed class HostileTests(Figures figures) : IClassFixture<Figures>
{
    private const int Mebibyte = 1024 * 1024;
    private const int Bound = 16 * Mebibyte;
    private const long Flood = 400L * Mebibyte;

    // What a call may allocate: its 16 MiB, what they were copied from while they grew, and a few pieces on the way.
    private const long MemoryMax = 4L * Bound;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>How a body of 400 MiB comes.</summary>
    public enum Framing
    {
        /// <summary>Its length is told before.</summary>
        Told,

        /// <summary>In pieces.</summary>
        Chunked,

        /// <summary>Until the connection ends.</summary>
        Endless,

        /// <summary>As a few hundred kilobytes of gzip.</summary>
        Compressed,
    }

    public static TheoryData<Framing, int, Way, bool> Floods
    {
        get
        {
            TheoryData<Framing, int, Way, bool> data = new();
            foreach (Framing framing in Enum.GetValues<Framing>())
            {
                foreach (bool native in new[] { false, true })
                {
                    data.Add(framing, 200, Way.Sync, native);
                    data.Add(framing, 200, Way.Async, native);
                    data.Add(framing, 307, Way.Sync, native);
                    data.Add(framing, 503, Way.Async, native);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Floods))]
    public async Task An_answer_of_400_MiB_is_given_up_at_16(Framing framing, int status, Way way, bool native)
    {
        using TestServer server = new(new Answer { Raw = (stream, _) => WriteFlood(stream, framing, status) });
        using Clients clients = new(server.Url, decompress: framing == Framing.Compressed);
        // Once before measuring: what is compiled on the way is nobody's answer.
        await clients.Failure(way, native);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Exception error = await clients.Failure(way, native);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        if ((status, way, native) == (200, Way.Async, true)) figures.Show($"an answer of 400 MiB, {framing}: {allocated / (double)Mebibyte:F1} MiB allocated, this server's own included");
        Assert.InRange(allocated, 0, MemoryMax);
        Assert.Contains(status == 307 ? "redirect" : "16 MiB", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((status == 200 ? "Validation" : "Api", status), Clients.Seen(error));
        // Not tried again: the next one would be as long.
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task The_bound_is_16_MiB_to_the_byte(int beyond, bool fits)
    {
        const string Answer = "{\"keys\":[]}";
        string body = Answer + new string(' ', Bound - Answer.Length + beyond);
        using TestServer server = new(new Answer(200, body));
        using APIKeysApi api = new(server.Url);
        Exception? sync = Record.Exception(() => api.ListApiKeys());
        Exception? async = await Record.ExceptionAsync(() => api.ListApiKeysAsync());
        Assert.Equal((fits, fits), (sync is null, async is null));
    }

    [Theory]
    [InlineData(Way.Sync, false)]
    [InlineData(Way.Async, false)]
    [InlineData(Way.Sync, true)]
    [InlineData(Way.Async, true)]
    public async Task A_length_that_lies_is_neither_believed_nor_waited_for(Way way, bool native)
    {
        // It says 9 GB, sends some bytes and leaves the connection open.
        using TestServer server = new(new Answer
        {
            Raw = (stream, stopped) =>
            {
                Write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n{\"keys\":[");
                stopped.Wait();
            },
        });
        using Clients clients = new(server.Url);
        Stopwatch clock = Stopwatch.StartNew();
        Exception error = await clients.Failure(way, native);
        Assert.Equal(("Validation", 200), Clients.Seen(error));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, s_patience / 2);
    }

    [Fact]
    public void An_answer_to_HEAD_tells_a_length_and_has_no_body()
    {
        using TestServer server = new(new Answer { Raw = (stream, _) => Write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n") });
        using ApiClient client = new(server.Url);
        ApiResponse<object> response = client.Head<object>("/v1/apikeys", new RequestOptions());
        Assert.Equal((HttpStatusCode.OK, null), (response.StatusCode, response.ErrorText));
    }

    [Theory]
    [InlineData(Way.Sync)]
    [InlineData(Way.Async)]
    public async Task A_bound_of_the_callers_client_that_is_lower_holds(Way way)
    {
        using TestServer server = new(new Answer(200, "{\"keys\":[]" + new string(' ', 2_000) + "}"));
        using HttpClient http = new() { MaxResponseContentBufferSize = 1_000 };
        using APIKeysApi api = new(http, server.Url);
        Func<Task> call = way == Way.Sync ? () => Task.FromResult(api.ListApiKeys()) : () => api.ListApiKeysAsync();
        ApiException error = await Assert.ThrowsAsync<ApiException>(() => Task.Run(call));
        Assert.Contains("1000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Way.Sync)]
    [InlineData(Way.Async)]
    public async Task What_was_compressed_badly_is_a_connection_that_broke(Way way)
    {
        using TestServer server = new(new Answer(200, "no gzip at all") { Headers = { ["Content-Encoding"] = "gzip" } });
        using Clients clients = new(server.Url, decompress: true);
        Assert.Equal(("Connection", 0), Clients.Seen(await clients.Failure(way, native: true)));
        Assert.Equal(("Connection", 0), Clients.Seen(await clients.Failure(way, native: false)));
    }

    public static TheoryData<string, bool> Answers
    {
        get
        {
            TheoryData<string, bool> data = new();
            foreach (HostileAnswer answer in HostileAnswer.All)
            {
                data.Add(answer.Name, false);
                data.Add(answer.Name, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task No_answer_is_taken_for_another_costs_much_or_is_waited_for_beyond_the_time_out(string name, bool borrowed)
    {
        HostileAnswer hostile = HostileAnswer.All.Single(answer => answer.Name == name);
        bool isLate = hostile.Wanted.Contains("Timeout");
        using TestServer server = new(new Answer { Raw = hostile.Write });
        using Clients clients = new(server.Url, isLate ? TimeSpan.FromMilliseconds(250) : s_patience, borrowed);
        (Way Way, bool Native)[] calls = [(Way.Sync, false), (Way.Async, false), (Way.Sync, true), (Way.Async, true)];
        Stopwatch clock = Stopwatch.StartNew();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        foreach ((Way Way, bool Native)[] atOnce in calls.Chunk(isLate ? calls.Length : 1))
        {
            Exception[] errors = await Task.WhenAll(atOnce.Select(call => clients.Failure(call.Way, call.Native)));
            for (int index = 0; index < errors.Length; index++)
            {
                string kind = Clients.Seen(errors[index]).Kind;
                Assert.True(hostile.Wanted.Contains(kind), $"{atOnce[index]}: {kind}: {errors[index]}");
            }
        }

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 2 * MemoryMax * calls.Length);
        if (isLate) Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(240), s_patience / 4);
    }

    [Fact]
    public async Task What_is_no_answer_to_a_call_is_an_error_of_every_call()
    {
        int tried = 0;
        foreach (string body in HostileAnswer.ForeignBodies)
        {
            using TestServer server = new(new Answer(200, body));
            foreach ((string name, Func<Task> call) in CallsOf(server))
            {
                tried++;
                Exception? error = await Record.ExceptionAsync(call);
                Assert.True(error is not null && Clients.Seen(error) == ("Validation", 200), $"{name} of {body}: {error}");
            }
        }

        figures.Show($"{tried} calls that were answered with what is none");
    }

    [Theory]
    [InlineData(202)]
    [InlineData(203)]
    [InlineData(204)]
    [InlineData(205)]
    [InlineData(206)]
    [InlineData(207)]
    [InlineData(299)]
    public async Task A_success_that_the_call_never_has_is_none(int status)
    {
        string body = status is 204 or 205 ? "" : "{\"valid\":false,\"code\":\"NOT_FOUND\"}";
        using TestServer server = new(new Answer { Raw = HostileAnswer.Reply(status, "", body) });
        using Clients clients = new(server.Url);
        Assert.Equal(("Validation", status), Clients.Seen(await clients.Failure(Way.Sync, native: true)));
        Assert.Equal(("Validation", status), Clients.Seen(await clients.Failure(Way.Async, native: false)));
    }

    // Every call that has an answer. Each verdict and reservation is whole here but for what the call asks of it.
    private static IEnumerable<(string Name, Func<Task> Call)> CallsOf(TestServer server)
    {
        LatchkeyClient native = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k", MaxRetries = 0 });
        APIKeysApi api = new(server.Url);
        yield return ("verify", () => native.VerifyAsync(new VerifyRequest { Key = "k" }));
        yield return ("verify and charge", () => native.VerifyAsync(new VerifyRequest { Key = "k", Charge = 1 }));
        yield return ("verify and reserve", () => native.VerifyAsync(new VerifyRequest { Key = "k", Reserve = 1 }));
        yield return ("reserve", () => native.ReserveAsync(new ReserveRequest { KeyId = "k", Amount = 1 }));
        yield return ("extend", () => native.ExtendAsync("r", new ExtendRequest { TtlSeconds = 1 }));
        yield return ("settle", () => native.SettleAsync("r", new SettleRequest { Amount = 1 }));
        yield return ("release", () => native.ReleaseAsync("r"));
        yield return ("create", () => api.CreateApiKeyAsync(new CreateApiKeyRequest()));
        yield return ("update", () => api.UpdateApiKeyAsync("i", new UpdateApiKeyRequest()));
        yield return ("list", () => api.ListApiKeysAsync());
    }

    private static void WriteFlood(Stream stream, Framing framing, int status)
    {
        string head = $"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nLocation: /elsewhere\r\n";
        byte[] part = Encoding.ASCII.GetBytes(new string(' ', Mebibyte));
        long sent = 0;
        switch (framing)
        {
            case Framing.Told:
                Write(stream, $"{head}Content-Length: {Flood}\r\n\r\n");
                for (; sent < Flood; sent += part.Length) stream.Write(part);
                break;
            case Framing.Chunked:
                Write(stream, $"{head}Transfer-Encoding: chunked\r\n\r\n");
                for (; sent < Flood; sent += part.Length)
                {
                    Write(stream, $"{part.Length:x}\r\n");
                    stream.Write(part);
                    Write(stream, "\r\n");
                }

                Write(stream, "0\r\n\r\n");
                break;
            case Framing.Endless:
                Write(stream, $"{head}Connection: close\r\n\r\n");
                for (; sent < Flood; sent += part.Length) stream.Write(part);
                break;
            default:
                Write(stream, $"{head}Content-Encoding: gzip\r\nConnection: close\r\n\r\n");
                using (GZipStream gzip = new(stream, CompressionLevel.Fastest, leaveOpen: true))
                {
                    for (; sent < Flood; sent += part.Length) gzip.Write(part);
                }

                break;
        }
    }

    private static void Write(Stream stream, string text) => stream.Write(Encoding.ASCII.GetBytes(text));
}
