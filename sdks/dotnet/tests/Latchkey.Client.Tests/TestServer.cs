using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;

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

    /// <summary>`hang`: no answer. `reset`: the connection is reset. `cut`: it ends in the middle of the body. `stall`: it stays open there.</summary>
    public string? Fault { get; init; }

    /// <summary>Writes all of the answer itself, until the client goes away or the event is set; the connection ends then.</summary>
    public Action<Stream, ManualResetEventSlim>? Raw { get; init; }
}

/// <summary>An HTTP server over plain sockets, so that it can also break off in the middle.</summary>
public sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ManualResetEventSlim _stopped = new();
    private readonly List<Received> _received = new();
    private readonly Func<Received, int, Answer> _answer;
    private int _connections;

    /// <summary>Starts one. The answer to a request depends on it and on how many came before it.</summary>
    public TestServer(Func<Received, int, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        OnThread(Accept);
    }

    /// <summary>Starts one that always answers the same.</summary>
    public TestServer(Answer answer)
        : this((_, _) => answer)
    {
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public IReadOnlyList<Received> Requests
    {
        get
        {
            lock (_received) return _received.ToArray();
        }
    }

    /// <summary>The only request that came.</summary>
    public Received Request => Requests.Single();

    /// <summary>How many connections were opened.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Released once for each request that came.</summary>
    public SemaphoreSlim Arrived { get; } = new(0);

    public void Dispose()
    {
        _stopped.Set();
        _listener.Stop();
    }

    // Threads of its own and no tasks: calls that wait on threads of the pool must not keep their own server from answering.
    private static void OnThread(Action work) => new Thread(() => work()) { IsBackground = true }.Start();

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.AcceptSocket();
                Interlocked.Increment(ref _connections);
                OnThread(() => Serve(socket));
            }
        }
        catch (Exception) when (_stopped.IsSet)
        {
            // Stopping takes the socket away while this thread may be reaching for it: which exception comes of that is chance.
        }
    }

    private void Serve(Socket socket)
    {
        using (socket)
        using (NetworkStream stream = new(socket))
        {
            try
            {
                while (Read(stream) is { } request)
                {
                    int before;
                    lock (_received)
                    {
                        before = _received.Count;
                        _received.Add(request);
                    }

                    Answer answer = _answer(request, before);
                    Arrived.Release();
                    if (!Write(stream, socket, answer)) return;
                }
            }
            catch (IOException)
            {
                // The client went away.
            }
        }
    }

    private bool Write(NetworkStream stream, Socket socket, Answer answer)
    {
        if (answer.Raw is not null)
        {
            answer.Raw(stream, _stopped);
            return false;
        }

        if (answer.Fault == "hang") _stopped.Wait();
        if (answer.Fault == "reset") socket.LingerState = new LingerOption(true, 0);
        if (answer.Fault is "hang" or "reset") return false;
        byte[] body = Encoding.UTF8.GetBytes(answer.Body);
        StringBuilder head = new($"HTTP/1.1 {answer.Status} Status\r\n");
        if (answer.Status != 204) head.Append($"Content-Length: {body.Length}\r\n");
        if (body.Length > 0) head.Append($"Content-Type: {answer.ContentType}\r\n");
        foreach ((string name, string value) in answer.Headers) head.Append($"{name}: {value}\r\n");
        int length = answer.Fault is "cut" or "stall" ? body.Length / 2 : body.Length;
        stream.Write([.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body[..length]]);
        if (answer.Fault == "stall") _stopped.Wait();
        return answer.Fault is null;
    }

    private static Received? Read(NetworkStream stream)
    {
        List<byte> head = new();
        while (!EndsHead(head))
        {
            int next = stream.ReadByte();
            if (next < 0) return null;
            head.Add((byte)next);
        }

        string[] lines = Encoding.ASCII.GetString(head.ToArray()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string[] pair in lines.Skip(1).Select(line => line.Split(": ", 2))) headers[pair[0]] = pair.ElementAtOrDefault(1) ?? "";
        byte[] body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"))];
        stream.ReadExactly(body);
        return new Received(first[0], first[1], headers, Encoding.UTF8.GetString(body));
    }

    private static bool EndsHead(List<byte> head) =>
        head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n';
}
