using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>A new key and its secret.</summary>
[DataContract(Name = "CreateApiKeyResponse")]
public class CreateApiKeyResponse : IEquatable<CreateApiKeyResponse>, IValidatableObject, IAnswer
{
    /// <summary>Makes a result.</summary>
    /// <param name="apiKeyMetadata">The key.</param>
    /// <param name="rawApiKey">The secret. It is shown this once and kept nowhere.</param>
    public CreateApiKeyResponse(ApiKeyResponse apiKeyMetadata = default!, string rawApiKey = default!)
    {
        ApiKeyMetadata = apiKeyMetadata;
        RawApiKey = rawApiKey;
    }

    /// <summary>Makes a result without values.</summary>
    [JsonConstructor]
    public CreateApiKeyResponse()
    {
    }

    /// <summary>The key.</summary>
    [JsonPropertyName("apiKeyMetadata")]
    [DataMember(Name = "apiKeyMetadata")]
    public ApiKeyResponse ApiKeyMetadata { get; set; } = null!;

    /// <summary>The secret. It is shown this once and kept nowhere.</summary>
    [JsonPropertyName("rawApiKey")]
    [DataMember(Name = "rawApiKey")]
    public string RawApiKey { get; set; } = null!;

    /// <summary>The members, one per line, the secret only as its mask.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        ModelText.Of(
            nameof(CreateApiKeyResponse),
            (nameof(ApiKeyMetadata), ApiKeyMetadata),
            (nameof(RawApiKey), ModelText.Mask(RawApiKey)));

    /// <summary>The wire form, with the secret.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as CreateApiKeyResponse);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(CreateApiKeyResponse? input) =>
        input is not null
        && ModelText.Same(ApiKeyMetadata, input.ApiKeyMetadata)
        && ModelText.Same(RawApiKey, input.RawApiKey);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => ModelText.Hash(ApiKeyMetadata, RawApiKey);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => ModelText.Lacks(this);

    string? IAnswer.Missing() =>
        ModelText.FirstMissing(("apiKeyMetadata", ApiKeyMetadata), ("rawApiKey", RawApiKey))
        ?? ((IAnswer)ApiKeyMetadata).Missing();
}
