using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>What a new key is given.</summary>
[DataContract(Name = "CreateApiKeyRequest")]
public class CreateApiKeyRequest : IEquatable<CreateApiKeyRequest>, IValidatableObject
{
    /// <summary>Makes a request; every member may be left out.</summary>
    /// <param name="labels">Words for finding and grouping keys: at most 20.</param>
    /// <param name="expiresAt">The first moment at which the key is refused, in milliseconds since 1970; null for never.</param>
    /// <param name="apiKeyId">The id of the key; null lets the server choose.</param>
    public CreateApiKeyRequest(
        Dictionary<string, string>? labels = default,
        long? expiresAt = default,
        Guid? apiKeyId = default)
    {
        Labels = labels;
        ExpiresAt = expiresAt;
        ApiKeyId = apiKeyId;
    }

    /// <summary>Makes a request without values.</summary>
    [JsonConstructor]
    public CreateApiKeyRequest()
    {
    }

    /// <summary>Words for finding and grouping keys: at most 20.</summary>
    [JsonPropertyName("labels")]
    [DataMember(Name = "labels", EmitDefaultValue = false)]
    public Dictionary<string, string>? Labels { get; set; }

    /// <summary>The first moment at which the key is refused, in milliseconds since 1970; null for never.</summary>
    [JsonPropertyName("expiresAt")]
    [DataMember(Name = "expiresAt", EmitDefaultValue = false)]
    public long? ExpiresAt { get; set; }

    /// <summary>
    /// The id of the key; null lets the server choose. An id that is taken is refused with 409, so that a repeated call makes
    /// no second key.
    /// </summary>
    [JsonPropertyName("apiKeyId")]
    [DataMember(Name = "apiKeyId", EmitDefaultValue = false)]
    public Guid? ApiKeyId { get; set; }

    /// <summary>The members, one per line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        ModelText.Of(
            nameof(CreateApiKeyRequest),
            (nameof(Labels), Labels),
            (nameof(ExpiresAt), ExpiresAt),
            (nameof(ApiKeyId), ApiKeyId));

    /// <summary>The wire form.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as CreateApiKeyRequest);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(CreateApiKeyRequest? input) =>
        input is not null
        && ModelText.Same(Labels, input.Labels)
        && ModelText.Same(ExpiresAt, input.ExpiresAt)
        && ModelText.Same(ApiKeyId, input.ApiKeyId);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => ModelText.Hash(Labels, ExpiresAt, ApiKeyId);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => [];
}
