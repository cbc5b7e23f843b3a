using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>A key, without its secret.</summary>
[DataContract(Name = "ApiKeyResponse")]
public class ApiKeyResponse : IEquatable<ApiKeyResponse>, IValidatableObject, IAnswer
{
    /// <summary>Whether a key is let in.</summary>
    public enum StatusEnum
    {
        /// <summary>No word for it; the server never says so.</summary>
        [EnumMember(Value = "STATUS_UNSPECIFIED")]
        STATUSUNSPECIFIED = 1,

        /// <summary>It is.</summary>
        [EnumMember(Value = "ACTIVE")]
        ACTIVE = 2,

        /// <summary>It is not, until it is made active again.</summary>
        [EnumMember(Value = "INACTIVE")]
        INACTIVE = 3,
    }

    /// <summary>Makes a result.</summary>
    /// <param name="apiKeyId">The id of the key.</param>
    /// <param name="userId">The id of its owner.</param>
    /// <param name="keyPrefix">The first 8 characters of its secret.</param>
    /// <param name="status">Whether the key is let in; null for a word that this package does not know.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="expiresAt">The first moment at which it is refused, in milliseconds since 1970; null for never.</param>
    /// <param name="lastUsedAt">When it was last let in, in milliseconds since 1970; null for never.</param>
    /// <param name="createdAt">When it was made, in milliseconds since 1970.</param>
    /// <param name="updatedAt">When it last changed, in milliseconds since 1970.</param>
    /// <param name="createdById">The id of the user who made it.</param>
    /// <param name="updatedById">The id of the user who last changed it.</param>
    public ApiKeyResponse(
        string apiKeyId = default!,
        string userId = default!,
        string keyPrefix = default!,
        StatusEnum? status = default,
        Dictionary<string, string> labels = default!,
        long? expiresAt = default,
        long? lastUsedAt = default,
        long createdAt = default,
        long updatedAt = default,
        string createdById = default!,
        string updatedById = default!)
    {
        ApiKeyId = apiKeyId;
        UserId = userId;
        KeyPrefix = keyPrefix;
        Status = status;
        Labels = labels;
        ExpiresAt = expiresAt;
        LastUsedAt = lastUsedAt;
        CreatedAt = createdAt;
        UpdatedAt = updatedAt;
        CreatedById = createdById;
        UpdatedById = updatedById;
    }

    /// <summary>Makes a result without values.</summary>
    [JsonConstructor]
    public ApiKeyResponse()
    {
    }

    /// <summary>The id of the key.</summary>
    [JsonPropertyName("apiKeyId")]
    [DataMember(Name = "apiKeyId")]
    public string ApiKeyId { get; set; } = null!;

    /// <summary>The id of its owner.</summary>
    [JsonPropertyName("userId")]
    [DataMember(Name = "userId")]
    public string UserId { get; set; } = null!;

    /// <summary>The first 8 characters of its secret.</summary>
    [JsonPropertyName("keyPrefix")]
    [DataMember(Name = "keyPrefix")]
    public string KeyPrefix { get; set; } = null!;

    /// <summary>Whether the key is let in; null for a word that this package does not know.</summary>
    [JsonIgnore]
    public StatusEnum? Status
    {
        get => StatusConverter<StatusEnum>.Parse(StatusText);
        set => StatusText = StatusConverter<StatusEnum>.Word(value);
    }

    /// <summary>Its labels.</summary>
    [JsonPropertyName("labels")]
    [DataMember(Name = "labels")]
    public Dictionary<string, string> Labels { get; set; } = null!;

    /// <summary>The first moment at which it is refused, in milliseconds since 1970; null for never.</summary>
    [JsonPropertyName("expiresAt")]
    [DataMember(Name = "expiresAt", EmitDefaultValue = false)]
    public long? ExpiresAt { get; set; }

    /// <summary>When it was last let in, in milliseconds since 1970; null for never.</summary>
    [JsonPropertyName("lastUsedAt")]
    [DataMember(Name = "lastUsedAt", EmitDefaultValue = false)]
    public long? LastUsedAt { get; set; }

    /// <summary>When it was made, in milliseconds since 1970.</summary>
    [JsonPropertyName("createdAt")]
    [DataMember(Name = "createdAt")]
    [JsonRequired]
    public long CreatedAt { get; set; }

    /// <summary>When it last changed, in milliseconds since 1970.</summary>
    [JsonPropertyName("updatedAt")]
    [DataMember(Name = "updatedAt")]
    [JsonRequired]
    public long UpdatedAt { get; set; }

    /// <summary>The id of the user who made it.</summary>
    [JsonPropertyName("createdById")]
    [DataMember(Name = "createdById")]
    public string CreatedById { get; set; } = null!;

    /// <summary>The id of the user who last changed it.</summary>
    [JsonPropertyName("updatedById")]
    [DataMember(Name = "updatedById")]
    public string UpdatedById { get; set; } = null!;

    /// <summary>The word that the server has for <see cref="Status"/>, also one that this package does not know.</summary>
    [JsonPropertyName("status")]
    [DataMember(Name = "status", EmitDefaultValue = false)]
    public string? StatusText { get; set; }

    /// <summary>The members, one per line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        ModelText.Of(
            nameof(ApiKeyResponse),
            (nameof(ApiKeyId), ApiKeyId),
            (nameof(UserId), UserId),
            (nameof(KeyPrefix), KeyPrefix),
            (nameof(Status), StatusText),
            (nameof(Labels), Labels),
            (nameof(ExpiresAt), ExpiresAt),
            (nameof(LastUsedAt), LastUsedAt),
            (nameof(CreatedAt), CreatedAt),
            (nameof(UpdatedAt), UpdatedAt),
            (nameof(CreatedById), CreatedById),
            (nameof(UpdatedById), UpdatedById));

    /// <summary>The wire form.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as ApiKeyResponse);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(ApiKeyResponse? input) =>
        input is not null
        && ModelText.Same(ApiKeyId, input.ApiKeyId)
        && ModelText.Same(UserId, input.UserId)
        && ModelText.Same(KeyPrefix, input.KeyPrefix)
        && ModelText.Same(StatusText, input.StatusText)
        && ModelText.Same(Labels, input.Labels)
        && ModelText.Same(ExpiresAt, input.ExpiresAt)
        && ModelText.Same(LastUsedAt, input.LastUsedAt)
        && ModelText.Same(CreatedAt, input.CreatedAt)
        && ModelText.Same(UpdatedAt, input.UpdatedAt)
        && ModelText.Same(CreatedById, input.CreatedById)
        && ModelText.Same(UpdatedById, input.UpdatedById);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() =>
        ModelText.Hash(
            ApiKeyId,
            UserId,
            KeyPrefix,
            StatusText,
            Labels,
            ExpiresAt,
            LastUsedAt,
            CreatedAt,
            UpdatedAt,
            CreatedById,
            UpdatedById);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => ModelText.Lacks(this);

    string? IAnswer.Missing() =>
        ModelText.FirstMissing(
            ("apiKeyId", ApiKeyId),
            ("userId", UserId),
            // Empty for a key that was imported by its digest, whose text nobody knows.
            ("keyPrefix", KeyPrefix is null ? null : "present"),
            ("status", StatusText),
            ("labels", Labels),
            ("createdById", CreatedById),
            ("updatedById", UpdatedById));
}
