using System;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>Amounts of USD: decimal texts on the wire, so that no fraction is lost on the way.</summary>
internal sealed class UsdConverter : JsonConverter<decimal>
{
    private const int MaxDecimals = 9;
    private const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;

    // As many places as a decimal can have; zeros at the end are left out.
    private const string Plain = "0.############################";

    internal static decimal? Checked(decimal? amount, string name)
    {
        if (amount is not { } value || decimal.Round(value, MaxDecimals) == value) return amount;
        throw new ArgumentOutOfRangeException(name, $"An amount of USD has at most {MaxDecimals} decimals; round it first.");
    }

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number) return reader.GetDecimal();
        bool reads = decimal.TryParse(reader.GetString(), Style, CultureInfo.InvariantCulture, out decimal amount);
        return reads ? amount : throw new JsonException("It is no amount of USD.");
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(Plain, CultureInfo.InvariantCulture));
}
