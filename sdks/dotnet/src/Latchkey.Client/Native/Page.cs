using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>One page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed class Page<T> : IModel, IAnswered
{
    /// <summary>The items of the page.</summary>
    [JsonRequired]
    public IReadOnlyList<T> Data { get; init; } = [];

    /// <summary>For the next page; null on the last.</summary>
    public string? NextCursor { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole => Data is not null && Data.All(one => one is IModel { IsWhole: true });
}

/// <summary>An answer that can tell whether a part of it lacks, where reading does not: a null in the place of something.</summary>
internal interface IModel
{
    /// <summary>Whether nothing lacks.</summary>
    bool IsWhole { get; }
}

/// <summary>An answer that says what came with it.</summary>
internal interface IAnswered
{
    /// <summary>What came with it.</summary>
    ResponseInfo? Response { set; }
}

/// <summary>What answers with nothing.</summary>
internal sealed class Nothing
{
    internal static readonly Nothing Instance = new();
}
