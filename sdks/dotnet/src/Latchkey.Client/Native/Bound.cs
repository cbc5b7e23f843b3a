using System;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>The limit that refused: either a budget or a rate limit.</summary>
[JsonConverter(typeof(BoundConverter))]
public sealed class Bound
{
    /// <summary>Makes a limit of money.</summary>
    /// <param name="budget">The limit.</param>
    public Bound(Budget budget) => Budget = budget ?? throw new ArgumentNullException(nameof(budget));

    /// <summary>Makes a limit of a rate.</summary>
    /// <param name="rateLimit">The limit.</param>
    public Bound(RateLimitState rateLimit) => RateLimit = rateLimit ?? throw new ArgumentNullException(nameof(rateLimit));

    /// <summary>The limit of money; null where it was a rate.</summary>
    public Budget? Budget { get; }

    /// <summary>The limit of a rate, with how long to wait; null where it was money.</summary>
    public RateLimitState? RateLimit { get; }
}

/// <summary>A bound as the wire has it: the limit itself. A budget says whose it is, a rate limit has a name.</summary>
internal sealed class BoundConverter : JsonConverter<Bound>
{
    public override Bound Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonElement limit = JsonElement.ParseValue(ref reader);
        bool isBudget = limit.ValueKind == JsonValueKind.Object && limit.TryGetProperty("scope", out _);
        return isBudget
            ? new Bound(limit.Deserialize(NativeJson.Shape<Budget>(options))!)
            : new Bound(limit.Deserialize(NativeJson.Shape<RateLimitState>(options))!);
    }

    public override void Write(Utf8JsonWriter writer, Bound value, JsonSerializerOptions options)
    {
        if (value.Budget is not null) JsonSerializer.Serialize(writer, value.Budget, NativeJson.Shape<Budget>(options));
        else JsonSerializer.Serialize(writer, value.RateLimit!, NativeJson.Shape<RateLimitState>(options));
    }
}
