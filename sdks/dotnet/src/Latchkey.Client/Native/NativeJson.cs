using System;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Client;

/// <summary>JSON as the native API has it.</summary>
internal static class NativeJson
{
    internal static JsonSerializerOptions Options => NativeContext.Default.Options;

    internal static byte[] Write<T>(T data) => JsonSerializer.SerializeToUtf8Bytes(data, Shape<T>(Options));

    internal static string Text<T>(T data) => JsonSerializer.Serialize(data, Shape<T>(Options));

    /// <summary>How a type is read and written, as it was generated when this package was built.</summary>
    internal static JsonTypeInfo<T> Shape<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    /// <summary>Reads an answer.</summary>
    /// <exception cref="JsonException">It is not JSON, or has another shape.</exception>
    internal static T Read<T>(ReadOnlyMemory<byte> json)
        where T : class =>
        JsonSerializer.Deserialize(json.Span, Shape<T>(Options)) ?? throw new JsonException("It is null.");

    /// <summary>Reads what may be something else altogether: null then.</summary>
    internal static T? TryRead<T>(ReadOnlyMemory<byte> json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, Shape<T>(Options));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
