using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Linq;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>The keys that the caller may see.</summary>
[DataContract(Name = "ListApiKeysResponse")]
public class ListApiKeysResponse : IEquatable<ListApiKeysResponse>, IValidatableObject, IAnswer
{
    /// <summary>Makes a result.</summary>
    /// <param name="keys">The keys.</param>
    public ListApiKeysResponse(List<ApiKeyResponse> keys = default!)
    {
        Keys = keys;
    }

    /// <summary>Makes a result without values.</summary>
    [JsonConstructor]
    public ListApiKeysResponse()
    {
    }

    /// <summary>The keys.</summary>
    [JsonPropertyName("keys")]
    [DataMember(Name = "keys")]
    public List<ApiKeyResponse> Keys { get; set; } = null!;

    /// <summary>The members, one per line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => ModelText.Of(nameof(ListApiKeysResponse), (nameof(Keys), Keys));

    /// <summary>The wire form.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as ListApiKeysResponse);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(ListApiKeysResponse? input) =>
        input is not null && ModelText.Same(Keys, input.Keys);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => ModelText.Hash(Keys);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => ModelText.Lacks(this);

    string? IAnswer.Missing() =>
        Keys is null ? "keys" : Keys.Select(key => key is null ? "keys" : ((IAnswer)key).Missing()).FirstOrDefault(name => name is not null);
}
