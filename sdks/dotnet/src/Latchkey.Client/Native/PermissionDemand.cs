using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>
/// What a key must be permitted: an expression of <c>and</c>, <c>or</c>, <c>not</c> and parentheses, or a list of which all
/// are demanded. A string and an array of strings convert to it.
/// </summary>
[JsonConverter(typeof(PermissionDemandConverter))]
public sealed class PermissionDemand
{
    /// <summary>Demands what an expression says.</summary>
    /// <param name="expression">Such as <c>documents.read and not admin</c>.</param>
    public PermissionDemand(string expression) =>
        Expression = expression ?? throw new ArgumentNullException(nameof(expression));

    /// <summary>Demands all of a list.</summary>
    /// <param name="all">Single permissions, such as <c>documents.read</c>; none demands nothing.</param>
    public PermissionDemand(IEnumerable<string> all)
    {
        ArgumentNullException.ThrowIfNull(all);
        All = all.ToArray();
    }

    /// <summary>The expression; null where it is a list.</summary>
    public string? Expression { get; }

    /// <summary>The list; null where it is an expression.</summary>
    public IReadOnlyList<string>? All { get; }

    /// <summary>Demands what an expression says.</summary>
    /// <param name="expression">Such as <c>documents.read and not admin</c>.</param>
    public static implicit operator PermissionDemand(string expression) => new(expression);

    /// <summary>Demands all of a list.</summary>
    /// <param name="all">Single permissions.</param>
    public static implicit operator PermissionDemand(string[] all) => new(all);
}

/// <summary>A demand as the wire has it: a text or a list of texts.</summary>
internal sealed class PermissionDemandConverter : JsonConverter<PermissionDemand>
{
    public override PermissionDemand Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? new PermissionDemand(reader.GetString()!)
            : new PermissionDemand(JsonSerializer.Deserialize(ref reader, NativeJson.Shape<string[]>(options))!);

    public override void Write(Utf8JsonWriter writer, PermissionDemand value, JsonSerializerOptions options)
    {
        if (value.Expression is not null) writer.WriteStringValue(value.Expression);
        else JsonSerializer.Serialize(writer, value.All!, NativeJson.Shape<IReadOnlyList<string>>(options));
    }
}
