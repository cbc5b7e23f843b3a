using System;
using System.ComponentModel.DataAnnotations;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client.Client;

/// <summary>JSON as the GoodMem dialect has it.</summary>
internal static class ModelJson
{
    // A member without a value is left out. The server reads null and absent alike, and of the two absent is what every
    // client of this dialect sends for a member that it does not know.
    private static readonly JsonSerializerOptions s_options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    };

    private static readonly JsonSerializerOptions s_indented = new(s_options) { WriteIndented = true };

    internal static byte[] Write(object data) => JsonSerializer.SerializeToUtf8Bytes(data, data.GetType(), s_options);

    internal static string WriteIndented(object data) => JsonSerializer.Serialize(data, data.GetType(), s_indented);

    /// <summary>Reads an answer. Where no result is expected (object), an empty one is fine and anything else must be JSON.</summary>
    /// <exception cref="JsonException">It is not JSON, has another shape, or lacks a member that is always there.</exception>
    internal static T? Read<T>(string text)
    {
        if (typeof(T) == typeof(object) && string.IsNullOrWhiteSpace(text)) return default;
        T? data = JsonSerializer.Deserialize<T>(text, s_options);
        if (data is null && typeof(T) != typeof(object)) throw new JsonException("It is null.");
        if (data is IValidatableObject model)
        {
            ValidationResult? wrong = model.Validate(new ValidationContext(model)).FirstOrDefault();
            if (wrong is not null) throw new JsonException(wrong.ErrorMessage);
        }

        return data;
    }
}
