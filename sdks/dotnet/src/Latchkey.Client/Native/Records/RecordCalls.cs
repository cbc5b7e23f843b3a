using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Calls on records: how they are named, repeated and read, and how lists go on from page to page.</summary>
internal sealed class RecordCalls(CallRunner runner)
{
    /// <summary>Reads what lies at a path. A place of a name in it is <c>{}</c>.</summary>
    internal Task<T> Get<T>(string path, string[] names, string query, CancellationToken cancellation)
        where T : class =>
        Run<T>(new(HttpMethod.Get, path, names) { Query = query }, cancellation);

    /// <summary>Makes something once, however often it is sent.</summary>
    internal Task<T> Create<T>(string path, string[] names, byte[] body, string? idempotencyKey, CancellationToken cancellation)
        where T : class =>
        Run<T>(new(HttpMethod.Post, path, names) { Body = body, IdempotencyKey = idempotencyKey ?? NewName() }, cancellation);

    /// <summary>Makes a call.</summary>
    internal Task<T> Run<T>(RecordCall call, CancellationToken cancellation)
        where T : class
    {
        string path = call.Path;
        foreach (string name in call.Names)
        {
            int place = path.IndexOf("{}", StringComparison.Ordinal);
            path = string.Concat(path.AsSpan(0, place), Segment(name), path.AsSpan(place + 2));
        }

        return runner.RunAsync(
            new Call<T>(path + call.Query, Fault, call.Body, call.IdempotencyKey)
            {
                Method = call.Method,
                Place = call.Path,
                IfRevision = call.IfRevision,
                Once = call.Once || call.IfRevision is not null,
            },
            cancellation);
    }

    /// <summary>Goes through a list. A page that names as its next one that was there before would make it endless.</summary>
    internal async IAsyncEnumerable<T> List<T>(
        string path,
        string[] names,
        string query,
        string? first,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        HashSet<string?> seen = [first];
        while (true)
        {
            Page<T> page = await Get<Page<T>>(path, names, query, cancellation).ConfigureAwait(false);
            foreach (T item in page.Data) yield return item;
            if (string.IsNullOrEmpty(page.NextCursor)) yield break;
            if (!seen.Add(page.NextCursor))
            {
                const string Said = "The list does not end: a page names one as its next that was there before.";
                throw new LatchkeyException(LatchkeyFailure.Unreadable, 200, $"GET {path}: {Said}");
            }

            query = QueryText.At(query, page.NextCursor);
        }
    }

    internal static string NewName() => Guid.NewGuid().ToString();

    private static string? Fault<T>(T data) =>
        data is not IModel { IsWhole: false } ? null : "It lacks a part of what it is.";

    // Addresses drop the dots, escaped or not, so that the call would reach another resource.
    private static string Segment(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or "..") throw new ArgumentException("No record has this name.", nameof(name));
        return Uri.EscapeDataString(name);
    }
}

/// <summary>A call on a record.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path, with <c>{}</c> in the places of names.</param>
/// <param name="Names">What stands there.</param>
internal sealed record RecordCall(HttpMethod Method, string Path, params string[] Names)
{
    internal string Query { get; init; } = "";

    internal byte[]? Body { get; init; }

    internal string? IdempotencyKey { get; init; }

    internal long? IfRevision { get; init; }

    internal bool Once { get; init; }
}
