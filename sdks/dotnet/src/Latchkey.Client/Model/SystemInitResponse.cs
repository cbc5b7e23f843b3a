using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>Whether a server was set up just now, and what opens it then.</summary>
[DataContract(Name = "SystemInitResponse")]
public class SystemInitResponse : IEquatable<SystemInitResponse>, IValidatableObject, IAnswer
{
    /// <summary>Makes a result.</summary>
    /// <param name="alreadyInitialized">False for the one call that set the server up.</param>
    /// <param name="message">The same in words.</param>
    /// <param name="rootApiKey">The secret of the first key, where it was made just now. It is shown this once and kept nowhere.</param>
    /// <param name="userId">The id of the root user, where it was made just now.</param>
    public SystemInitResponse(
        bool alreadyInitialized = default,
        string message = default!,
        string? rootApiKey = default,
        string? userId = default)
    {
        AlreadyInitialized = alreadyInitialized;
        Message = message;
        RootApiKey = rootApiKey;
        UserId = userId;
    }

    /// <summary>Makes a result without values.</summary>
    [JsonConstructor]
    public SystemInitResponse()
    {
    }

    /// <summary>False for the one call that set the server up.</summary>
    [JsonPropertyName("alreadyInitialized")]
    [DataMember(Name = "alreadyInitialized")]
    [JsonRequired]
    public bool AlreadyInitialized { get; set; }

    /// <summary>The same in words.</summary>
    [JsonPropertyName("message")]
    [DataMember(Name = "message")]
    public string Message { get; set; } = null!;

    /// <summary>The secret of the first key, where it was made just now. It is shown this once and kept nowhere.</summary>
    [JsonPropertyName("rootApiKey")]
    [DataMember(Name = "rootApiKey", EmitDefaultValue = false)]
    public string? RootApiKey { get; set; }

    /// <summary>The id of the root user, where it was made just now.</summary>
    [JsonPropertyName("userId")]
    [DataMember(Name = "userId", EmitDefaultValue = false)]
    public string? UserId { get; set; }

    /// <summary>The members, one per line, the secret only as its mask.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        ModelText.Of(
            nameof(SystemInitResponse),
            (nameof(AlreadyInitialized), AlreadyInitialized),
            (nameof(Message), Message),
            (nameof(RootApiKey), ModelText.Mask(RootApiKey)),
            (nameof(UserId), UserId));

    /// <summary>The wire form, with the secret.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as SystemInitResponse);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(SystemInitResponse? input) =>
        input is not null
        && ModelText.Same(AlreadyInitialized, input.AlreadyInitialized)
        && ModelText.Same(Message, input.Message)
        && ModelText.Same(RootApiKey, input.RootApiKey)
        && ModelText.Same(UserId, input.UserId);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => ModelText.Hash(AlreadyInitialized, Message, RootApiKey, UserId);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => ModelText.Lacks(this);

    string? IAnswer.Missing() =>
        AlreadyInitialized
            ? ModelText.FirstMissing(("message", Message))
            : ModelText.FirstMissing(("message", Message), ("rootApiKey", RootApiKey), ("userId", UserId));
}
