using System;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>
/// What becomes of one member of a record: nothing by default, a value when it is set to one, nothing any more by
/// <see cref="Clear"/>.
/// </summary>
/// <typeparam name="T">What the member holds.</typeparam>
/// <example><c>new UpdateKey { Name = "billing", ExpiresAt = Change&lt;DateTimeOffset&gt;.Clear }</c>.</example>
public readonly struct Change<T> : IEquatable<Change<T>>
{
    private readonly T? _value;
    private readonly bool _hasValue;

    private Change(T? value, bool hasValue)
    {
        _value = value;
        _hasValue = hasValue;
        IsSet = true;
    }

    /// <summary>Takes the member away.</summary>
#pragma warning disable CA1000 // As Nullable has its members: the type says what is cleared.
    public static Change<T> Clear => new(default, hasValue: false);

    /// <summary>Changes the member to a value, which may also be of an interface.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The change.</returns>
    public static Change<T> To(T value) => value is null ? Clear : new(value, hasValue: true);
#pragma warning restore CA1000

    /// <summary>Whether anything is to become of the member.</summary>
    public bool IsSet { get; }

    /// <summary>Whether the member gets a value, and which; otherwise it stays, or goes.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(out T? value)
    {
        value = _value;
        return _hasValue;
    }

    /// <summary>Changes the member to a value.</summary>
    /// <param name="value">The value; null clears.</param>
#pragma warning disable CA2225 // It is To.
    public static implicit operator Change<T>(T value) => To(value);
#pragma warning restore CA2225

    /// <inheritdoc/>
    public bool Equals(Change<T> other) => IsSet == other.IsSet && _hasValue == other._hasValue && Equals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Change<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsSet, _value);

    /// <summary>Whether both do the same.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(Change<T> left, Change<T> right) => left.Equals(right);

    /// <summary>Whether both do different things.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(Change<T> left, Change<T> right) => !left.Equals(right);
}

/// <summary>Changes on the wire: the value, or null. What is not set is left out by the attribute of the member.</summary>
internal sealed class ChangeConverter<T> : JsonConverter<Change<T>>
{
    public override bool HandleNull => true;

    public override Change<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null
            ? Change<T>.Clear
            : Change<T>.To(JsonSerializer.Deserialize(ref reader, NativeJson.Shape<T>(options))!);

    public override void Write(Utf8JsonWriter writer, Change<T> value, JsonSerializerOptions options)
    {
        if (value.TryGet(out T? data)) JsonSerializer.Serialize(writer, data!, NativeJson.Shape<T>(options));
        else writer.WriteNullValue();
    }
}
