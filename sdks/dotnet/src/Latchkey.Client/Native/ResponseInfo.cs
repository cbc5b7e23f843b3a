using System;
using System.Collections.Generic;

namespace Latchkey.Client;

/// <summary>What came with the answer to a call, beside its result.</summary>
public sealed class ResponseInfo
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>The name of the call in the server's logs; null where it told none.</summary>
    public string? RequestId { get; init; }

    /// <summary>The headers, whatever the case of their names; empty in what a test makes.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Headers { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How often the call was tried.</summary>
    public int Tries { get; init; } = 1;
}
