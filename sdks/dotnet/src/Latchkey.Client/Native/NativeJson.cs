using System;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>JSON as the native API has it.</summary>
internal static class NativeJson
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new UsdConverter(), new InstantConverter(), new DurationConverter() },
    };

    internal static byte[] Write<T>(T data) => JsonSerializer.SerializeToUtf8Bytes(data, Options);

    internal static string Text<T>(T data) => JsonSerializer.Serialize(data, Options);

    /// <summary>Reads an answer.</summary>
    /// <exception cref="JsonException">It is not JSON, or has another shape.</exception>
    internal static T Read<T>(string text)
        where T : class =>
        JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("It is null.");

    /// <summary>Reads what may be something else altogether: null then.</summary>
    internal static T? TryRead<T>(string text)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Options);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
