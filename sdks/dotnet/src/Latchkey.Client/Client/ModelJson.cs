using System;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Client.Model;

namespace Latchkey.Client.Client;

/// <summary>JSON as the GoodMem dialect has it.</summary>
internal static class ModelJson
{
    private static readonly JsonSerializerOptions s_options =
        new(ModelContext.Default.Options) { TypeInfoResolver = Resolver() };

    private static readonly JsonSerializerOptions s_indented = new(s_options) { WriteIndented = true };

    internal static byte[] Write(object data) =>
        JsonSerializer.SerializeToUtf8Bytes(data, s_options.GetTypeInfo(data.GetType()));

    internal static string WriteIndented(object data) =>
        JsonSerializer.Serialize(data, s_indented.GetTypeInfo(data.GetType()));

    /// <summary>Reads an answer. Where no result is expected (object), an empty one is fine and anything else must be JSON.</summary>
    /// <exception cref="JsonException">It is not JSON, has another shape, or lacks a member that is always there.</exception>
    internal static T? Read<T>(ReadOnlyMemory<byte> json)
    {
        if (typeof(T) == typeof(object) && json.Span.Trim(" \t\r\n"u8).IsEmpty) return default;
        T? data = JsonSerializer.Deserialize(json.Span, (JsonTypeInfo<T>)s_options.GetTypeInfo(typeof(T)));
        if (data is null && typeof(T) != typeof(object)) throw new JsonException("It is null.");
        if ((data as IAnswer)?.Missing() is { } missing) throw new JsonException($"It lacks the member {missing}.");
        return data;
    }

    // The types of this package are generated. Callers of ISynchronousClient and IAsynchronousClient may bring their own,
    // which are found by reflection as ever, except in a trimmed program: that one turns reflection off for JSON.
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Not reached where reflection is turned off.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Not reached where reflection is turned off.")]
    private static IJsonTypeInfoResolver Resolver() =>
        JsonSerializer.IsReflectionEnabledByDefault
            ? JsonTypeInfoResolver.Combine(ModelContext.Default, new DefaultJsonTypeInfoResolver())
            : ModelContext.Default;
}

/// <summary>
/// The types of the GoodMem dialect, whose reading and writing is generated when this package is built. A member without a
/// value is left out: the server reads null and absent alike, and of the two absent is what every client of this dialect sends
/// for a member that it does not know.
/// </summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(CreateApiKeyRequest))]
[JsonSerializable(typeof(CreateApiKeyResponse))]
[JsonSerializable(typeof(UpdateApiKeyRequest))]
[JsonSerializable(typeof(ApiKeyResponse))]
[JsonSerializable(typeof(ListApiKeysResponse))]
[JsonSerializable(typeof(UserResponse))]
[JsonSerializable(typeof(SystemInfoResponse))]
[JsonSerializable(typeof(SystemInitResponse))]
[JsonSerializable(typeof(object))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ModelContext : JsonSerializerContext;
