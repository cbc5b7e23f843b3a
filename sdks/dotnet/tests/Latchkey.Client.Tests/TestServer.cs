using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client.Tests;

/// <summary>A request as it came over the socket.</summary>
public sealed record Received(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>The value of a header, null without it.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

/// <summary>What to answer, or to do instead.</summary>
public sealed record Answer(int Status = 200, string Body = "", string ContentType = "application/json")
{
    public Dictionary<string, string> Headers { get; init; } = new();

    /// <summary>`hang`: no answer. `reset`: the connection is reset. `cut`: it ends in the middle of the body.</summary>
    public string? Fault { get; init; }
}

/// <summary>An HTTP server over plain sockets, so that it can also break off in the middle.</summary>
public sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly Func<Received, int, Answer> _answer;
    private int _connections;

    /// <summary>Starts one. The answer to a request depends on it and on how many came before it.</summary>
    public TestServer(Func<Received, int, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Starts one that always answers the same.</summary>
    public TestServer(Answer answer)
        : this((_, _) => answer)
    {
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public IReadOnlyList<Received> Requests => _received.ToArray();

    /// <summary>The only request that came.</summary>
    public Received Request => _received.Single();

    /// <summary>How many connections were opened.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Released once for each request that came.</summary>
    public SemaphoreSlim Arrived { get; } = new(0);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_stop.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _connections);
            _ = Task.Run(() => ServeAsync(socket));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        await using (NetworkStream stream = new(socket))
        {
            try
            {
                while (await ReadAsync(stream) is { } request)
                {
                    int before = _received.Count;
                    _received.Enqueue(request);
                    Answer answer = _answer(request, before);
                    Arrived.Release();
                    if (!await WriteAsync(stream, socket, answer)) return;
                }
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
            {
                // The client went away.
            }
        }
    }

    private async Task<bool> WriteAsync(NetworkStream stream, Socket socket, Answer answer)
    {
        if (answer.Fault == "hang") await Task.Delay(Timeout.Infinite, _stop.Token);
        if (answer.Fault == "reset")
        {
            socket.LingerState = new LingerOption(true, 0);
            return false;
        }

        byte[] body = Encoding.UTF8.GetBytes(answer.Body);
        StringBuilder head = new($"HTTP/1.1 {answer.Status} Status\r\n");
        if (answer.Status != 204) head.Append($"Content-Length: {body.Length}\r\n");
        if (body.Length > 0) head.Append($"Content-Type: {answer.ContentType}\r\n");
        foreach ((string name, string value) in answer.Headers) head.Append($"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        int length = answer.Fault == "cut" ? body.Length / 2 : body.Length;
        await stream.WriteAsync(body.AsMemory(0, length));
        return answer.Fault is null;
    }

    private async Task<Received?> ReadAsync(NetworkStream stream)
    {
        List<byte> head = new();
        byte[] one = new byte[1];
        while (!EndsHead(head))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            head.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString(head.ToArray()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string[] pair in lines.Skip(1).Select(line => line.Split(": ", 2))) headers[pair[0]] = pair.ElementAtOrDefault(1) ?? "";
        byte[] body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"))];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new Received(first[0], first[1], headers, Encoding.UTF8.GetString(body));
    }

    private static bool EndsHead(List<byte> head) =>
        head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n';
}
