using System;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>Durations: <c>30s</c>, <c>15m</c>, <c>24h</c>, <c>7d</c> on the wire.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    private static readonly (char Unit, long Seconds)[] s_units = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(36_500);

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.GetString() ?? "";
        foreach ((char unit, long seconds) in s_units)
        {
            if (!text.EndsWith(unit)) continue;
            ReadOnlySpan<char> digits = text.AsSpan(0, text.Length - 1);
            bool reads = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count);
            if (reads && count <= s_longest.TotalSeconds / seconds) return TimeSpan.FromSeconds(count * seconds);
        }

        throw new JsonException("It is no duration.");
    }

    // In the largest unit that divides it, as the server writes it.
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options)
    {
        long total = (long)Math.Ceiling(value.TotalSeconds);
        (char unit, long seconds) = Array.Find(s_units, one => total >= one.Seconds && total % one.Seconds == 0);
        writer.WriteStringValue(seconds == 0 ? "0s" : $"{total / seconds}{unit}");
    }
}
