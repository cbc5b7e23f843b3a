using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>What changes about a key. Members without a value stay as they are.</summary>
[DataContract(Name = "UpdateApiKeyRequest")]
public class UpdateApiKeyRequest : IEquatable<UpdateApiKeyRequest>, IValidatableObject
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

    /// <summary>Makes a request; every member may be left out.</summary>
    /// <param name="status">Whether the key is let in.</param>
    /// <param name="replaceLabels">All labels, in the place of those that are there. Not together with mergeLabels.</param>
    /// <param name="mergeLabels">Labels to add or overwrite; the others stay. Not together with replaceLabels.</param>
    public UpdateApiKeyRequest(
        StatusEnum? status = default,
        Dictionary<string, string>? replaceLabels = default,
        Dictionary<string, string>? mergeLabels = default)
    {
        Status = status;
        ReplaceLabels = replaceLabels;
        MergeLabels = mergeLabels;
    }

    /// <summary>Makes a request without values.</summary>
    [JsonConstructor]
    public UpdateApiKeyRequest()
    {
    }

    /// <summary>Whether the key is let in.</summary>
    [JsonPropertyName("status")]
    [JsonConverter(typeof(StatusConverter<StatusEnum>))]
    public StatusEnum? Status { get; set; }

    // For serializers that go by data contracts, which write an enumeration as a number.
    [DataMember(Name = "status", EmitDefaultValue = false)]
    private string? StatusWord
    {
        get => StatusConverter<StatusEnum>.Word(Status);
        set => Status = StatusConverter<StatusEnum>.Parse(value);
    }

    /// <summary>All labels, in the place of those that are there. Not together with mergeLabels.</summary>
    [JsonPropertyName("replaceLabels")]
    [DataMember(Name = "replaceLabels", EmitDefaultValue = false)]
    public Dictionary<string, string>? ReplaceLabels { get; set; }

    /// <summary>Labels to add or overwrite; the others stay. Not together with replaceLabels.</summary>
    [JsonPropertyName("mergeLabels")]
    [DataMember(Name = "mergeLabels", EmitDefaultValue = false)]
    public Dictionary<string, string>? MergeLabels { get; set; }

    /// <summary>The members, one per line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        ModelText.Of(
            nameof(UpdateApiKeyRequest),
            (nameof(Status), Status),
            (nameof(ReplaceLabels), ReplaceLabels),
            (nameof(MergeLabels), MergeLabels));

    /// <summary>The wire form.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as UpdateApiKeyRequest);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(UpdateApiKeyRequest? input) =>
        input is not null
        && ModelText.Same(Status, input.Status)
        && ModelText.Same(ReplaceLabels, input.ReplaceLabels)
        && ModelText.Same(MergeLabels, input.MergeLabels);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => ModelText.Hash(Status, ReplaceLabels, MergeLabels);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (ReplaceLabels is null || MergeLabels is null) yield break;
        string[] members = [nameof(ReplaceLabels), nameof(MergeLabels)];
        yield return new ValidationResult("Only one of replaceLabels and mergeLabels can be given.", members);
    }
}
