using System;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client.Model;

/// <summary>The status of a key between its word on the wire and its enumeration, of which every model has its own.</summary>
internal sealed class StatusConverter<TStatus> : JsonConverter<TStatus?>
    where TStatus : struct, Enum
{
    // The one word whose name in C# is another.
    private const string UnspecifiedWord = "STATUS_UNSPECIFIED";
    private const string UnspecifiedName = "STATUSUNSPECIFIED";

    // A server that is newer than this package may have more words.
    internal static TStatus? Parse(string? word)
    {
        string? name = word == UnspecifiedWord ? UnspecifiedName : word;
        return Array.IndexOf(Enum.GetNames<TStatus>(), name) >= 0 ? Enum.Parse<TStatus>(name!) : null;
    }

    internal static string? Word(TStatus? status)
    {
        string? name = status?.ToString();
        return name == UnspecifiedName ? UnspecifiedWord : name;
    }

    public override TStatus? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : Parse(reader.GetString());

    public override void Write(Utf8JsonWriter writer, TStatus? value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Word(value));
}
