using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Threading;

namespace Latchkey.Client.Tests;

/// <summary>What a server, or whatever answers in its place, may do to a client, and what the client is to make of it.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Write">Writes to the connection, which is closed after it.</param>
/// <param name="Wanted">The kinds of failure, in the words of the table, that are right.</param>
public sealed record HostileAnswer(string Name, Action<Stream, ManualResetEventSlim> Write, params string[] Wanted)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";

    /// <summary>An answer to all calls at once, which none of them may take where something is wrong about it.</summary>
    private const string Whole = $$"""{"id":"r","state":"settled","amount":"1","settled":"1","heldAt":"2026-11-22T12:00:00.000Z","keys":[],{{Verdict}}""";

    private const string Verdict = """
        "valid":true,"code":"VALID","keyId":"k","ownerId":"o","workspaceId":"w","name":"n","labels":{},"permissions":[],"budget":[],
         "rateLimits":[],"revision":1,"expiresAt":"2026-11-22T12:00:00.000Z"}
        """;

    private const string Held = """
        {"id":"r","keyId":"k","ownerId":"o","workspaceId":"w","state":"settled","amount":"1","settled":"1","heldAt":"2026-11-22T12:00:00Z",
         "expiresAt":"2026-11-22T12:10:00Z"}
        """;

    /// <summary>Whatever is asked, these are no answers.</summary>
    public static IReadOnlyList<string> ForeignBodies { get; } =
    [
        "", " ", "null", "true", "7", "\"VALID\"", "[]", "[{}]", "{}", "<html>", "{\"valid\":tr", """{"status":"ok"}""", """{"id":1,"name":"bob"}""",
        """{"id":"r1","state":"open"}""", """{"valid":true}""", """{"valid":false}""", """{"code":"VALID"}""", """{"valid":true,"code":"VALID"}""",
        """{"valid":true,"code":"EXPIRED","keyId":"k"}""", """{"valid":false,"code":"VALID","keyId":"k"}""", """{"valid":false,"code":""}""",
        """{"valid":false,"code":null}""", """{"valid":null,"code":"VALID"}""", """{"valid":"true","code":"VALID"}""", """{"VALID":false,"Code":"NOT_FOUND"}""",
        With("keyId", "\"\""), Without("keyId"), Without("ownerId"), Without("budget"),
        With("keyId", "7"), With("keyId", "null"), With("code", "null"), With("ownerId", "null"), With("budget", "[null]"), With("labels", "{\"a\":null}"),
        With("budget", """[{"scope":null,"id":"i","window":"daily","limit":"1","spent":"0","reserved":"0","remaining":"1"}]"""), With("rateLimits", "[null]"),
        With("permissions", "[null]"), With("permissions", "7"), With("revision", "null"),
        With("rateLimits", """[{"name":null,"limit":1,"window":"1s","remaining":1,"resetsAt":"2026-11-22T12:00:00Z"}]"""), With("labels", "[]"), With("labels", "{\"a\":1}"), With("budget", "{}"), With("budget", "[{}]"),
        With("revision", "\"1\""), With("expiresAt", "\"soon\""), With("code", "\"DISABLED\""), With("valid", "false"),
        Held.Replace("\"r\"", "\"\""), Held.Replace("\"r\"", "null"), Held.Replace("\"k\"", "null"), Held.Replace("\"settled\",", "null,"), Held.Replace("\"1\"", "\"a lot\""),
        Held.Replace("\"amount\"", "\"x\""), Held.Replace("\"heldAt\"", "\"x\""), Held.Replace("}", ",\"budget\":[null]}"),
        """{"keys":7}""", """{"keys":null}""", """{"keys":[null]}""", """{"keys":[{}]}""", """{"keys":[{"apiKeyId":""}]}""", """{"data":[]}""",
        """{"error":{"code":404,"message":"no"}}""", """{"message":"Not Found"}""", Whole + "{}", ")]}'," + Whole, "{\"keys\":[\"\u0000",
    ];

    private static readonly Lazy<HostileAnswer[]> s_all = new(Make);

    public static IReadOnlyList<HostileAnswer> All => s_all.Value;

    private static HostileAnswer[] Make()
    {
        string bomb = string.Concat(Enumerable.Repeat(Packed(new string(' ', 1 << 20)), 400));
        return
        [
            new("a length beyond all numbers", Reply(200, "Content-Length: 99999999999999999999\r\n", Whole), "Connection"),
            new("a negative length", Reply(200, "Content-Length: -5\r\n", Whole), "Connection"),
            new("two lengths", Reply(200, "Content-Length: 2\r\nContent-Length: 5\r\n", Whole), "Connection"),
            new("a length longer than the answer", Reply(200, "Content-Length: 10000\r\n", Whole), "Connection"),
            new("a length shorter than the answer", Reply(200, "Content-Length: 10\r\n", Whole), "Validation"),
            new("400 MiB that are told and never come", Drip(Ok + "Content-Length: 419430400\r\n\r\n", ""), "Validation"),
            new("17 MiB of a failure that are told and never come", Drip("HTTP/1.1 403 No\r\nContent-Length: 17825792\r\n\r\n", ""), "Api"),
            new("a compressed bomb for a client that decompresses nothing", Reply(200, "Content-Encoding: gzip\r\n", bomb), "Validation"),
            new("a compression that nobody asked for", Reply(200, "Content-Encoding: br\r\n", "\u000b\u0002\u0080{}\u0003"), "Validation"),
            new("millions of empty keys", Reply(200, "", Many("{\"keys\":[{}", ",{}", 5_000_000, "]}")), "Validation"),
            new("millions of empty limits", Reply(200, "", Many("{\"budget\":[{}", ",{}", 5_000_000, "]}")), "Validation"),
            new("millions of wrong places", Reply(400, "", Many("{\"code\":\"input_invalid\",\"errors\":[{}", ",{}", 5_000_000, "]}")), "Api"),
            new("a tower of lists", Reply(200, "", Many("{\"keys\":", "[", 5_000_000, "")), "Validation"),
            new("a tower of lists in what nobody knows", Reply(200, "", Many("{\"x\":", "[", 15_000, "") + new string(']', 15_000) + ",\"keys\":[]}"), "Validation"),
            new("a byte now and then", Drip(Ok + "\r\n", " "), "Timeout"),
            new("a byte of a piece now and then", Drip(Ok + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"), "Timeout"),
            new("a byte of a failure now and then", Drip("HTTP/1.1 503 No\r\nConnection: close\r\n\r\n", " "), "Timeout"),
            new("a byte of the headers now and then", Drip("HTTP/1.1 200 OK\r\nX-A: ", "a"), "Timeout"),
            new("a byte of the first line now and then", Drip("HTTP/1.1 200 ", "O"), "Timeout"),
            new("a preliminary answer and then nothing", Drip("HTTP/1.1 100 Continue\r\n\r\n", ""), "Timeout"),
            new("preliminary answers now and then", Drip("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), "Timeout"),
            new("nothing at all", Drip("", ""), "Timeout"),
            new("headers without end", Endless("HTTP/1.1 200 OK\r\n", $"X-A: {new string('a', 1_000)}\r\n"), "Connection"),
            new("another protocol", Drip("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "x"), "Api", "Validation"),
            new("no HTTP", (stream, _) => Put(stream, "SSH-2.0-OpenSSH_9.2\r\n"), "Connection"),
            new("no answer", (_, _) => { }, "Connection"),
            new("a redirect", Reply(307, "Location: http://127.0.0.1:1/\r\n", Whole), "Api"),
            new("a redirect to nowhere", Reply(302, "", Whole), "Api"),
        ];
    }

    internal static Action<Stream, ManualResetEventSlim> Reply(int status, string headers, string body)
    {
        // Once, so that what is measured beside it is the client's.
        byte[] answer = Encoding.Latin1.GetBytes($"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}\r\n{body}");
        return (stream, _) => stream.Write(answer);
    }

    private static Action<Stream, ManualResetEventSlim> Drip(string start, string drop) => (stream, stopped) =>
    {
        Put(stream, start);
        while (!stopped.Wait(20))
        {
            if (drop.Length > 0) Put(stream, drop);
        }
    };

    private static Action<Stream, ManualResetEventSlim> Endless(string start, string piece) => (stream, stopped) =>
    {
        Put(stream, start);
        while (!stopped.IsSet) Put(stream, piece);
    };

    private static string Many(string start, string piece, int count, string end) =>
        new StringBuilder(start).Insert(start.Length, piece, count).Append(end).ToString();

    private static string With(string member, string json) =>
        "{" + Verdict.Replace($"\"{member}\":", $"\"{member}\":{json},\"was-{member}\":");

    private static string Without(string member) => "{" + Verdict.Replace($"\"{member}\":", "\"y\":");

    private static string Packed(string text)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest)) gzip.Write(Encoding.ASCII.GetBytes(text));
        return Encoding.Latin1.GetString(packed.ToArray());
    }

    private static void Put(Stream stream, string text) => stream.Write(Encoding.Latin1.GetBytes(text));
}
