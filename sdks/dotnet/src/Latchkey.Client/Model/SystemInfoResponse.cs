using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>What a server says about itself.</summary>
[DataContract(Name = "SystemInfoResponse")]
public class SystemInfoResponse : IEquatable<SystemInfoResponse>, IValidatableObject, IAnswer
{
    /// <summary>Makes a result.</summary>
    /// <param name="version">The version of the server.</param>
    public SystemInfoResponse(
        string version = default!)
    {
        Version = version;
    }

    /// <summary>Makes a result without values.</summary>
    [JsonConstructor]
    public SystemInfoResponse()
    {
    }

    /// <summary>The version of the server.</summary>
    [JsonPropertyName("version")]
    [DataMember(Name = "version")]
    public string Version { get; set; } = null!;

    /// <summary>What else it says; for people to read.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? AdditionalProperties { get; set; }

    /// <summary>The members, one per line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        ModelText.Of(
            nameof(SystemInfoResponse),
            (nameof(Version), Version));

    /// <summary>The wire form.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as SystemInfoResponse);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(SystemInfoResponse? input) =>
        input is not null
        && ModelText.Same(Version, input.Version);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => ModelText.Hash(Version);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => ModelText.Lacks(this);

    string? IAnswer.Missing() =>
        ModelText.FirstMissing(("version", Version));
}
