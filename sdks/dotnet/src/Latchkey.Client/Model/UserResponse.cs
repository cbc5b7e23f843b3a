using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;
using Latchkey.Client.Client;

namespace Latchkey.Client.Model;

/// <summary>A user.</summary>
[DataContract(Name = "UserResponse")]
public class UserResponse : IEquatable<UserResponse>, IValidatableObject, IAnswer
{
    /// <summary>Makes a result.</summary>
    /// <param name="userId">The id of the user.</param>
    /// <param name="email">The e-mail address, empty for a user without one; no two users have the same.</param>
    /// <param name="displayName">What people call the user.</param>
    /// <param name="username">A name for signing in; no two users have the same. Null where there is none.</param>
    /// <param name="createdAt">When it was made, in milliseconds since 1970.</param>
    /// <param name="updatedAt">When it last changed, in milliseconds since 1970.</param>
    public UserResponse(
        string userId = default!,
        string email = default!,
        string displayName = default!,
        string? username = default,
        long createdAt = default,
        long updatedAt = default)
    {
        UserId = userId;
        Email = email;
        DisplayName = displayName;
        Username = username;
        CreatedAt = createdAt;
        UpdatedAt = updatedAt;
    }

    /// <summary>Makes a result without values.</summary>
    [JsonConstructor]
    public UserResponse()
    {
    }

    /// <summary>The id of the user.</summary>
    [JsonPropertyName("userId")]
    [DataMember(Name = "userId")]
    public string UserId { get; set; } = null!;

    /// <summary>The e-mail address; no two users have the same.</summary>
    [JsonPropertyName("email")]
    [DataMember(Name = "email")]
    public string Email { get; set; } = null!;

    /// <summary>What people call the user.</summary>
    [JsonPropertyName("displayName")]
    [DataMember(Name = "displayName")]
    public string DisplayName { get; set; } = null!;

    /// <summary>A name for signing in; no two users have the same. Null where there is none.</summary>
    [JsonPropertyName("username")]
    [DataMember(Name = "username", EmitDefaultValue = false)]
    public string? Username { get; set; }

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

    /// <summary>The members, one per line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        ModelText.Of(
            nameof(UserResponse),
            (nameof(UserId), UserId),
            (nameof(Email), Email),
            (nameof(DisplayName), DisplayName),
            (nameof(Username), Username),
            (nameof(CreatedAt), CreatedAt),
            (nameof(UpdatedAt), UpdatedAt));

    /// <summary>The wire form.</summary>
    /// <returns>Indented JSON.</returns>
    public string ToJson() => ModelJson.WriteIndented(this);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="obj">The other one.</param>
    /// <returns>True when it has.</returns>
    public override bool Equals(object? obj) => Equals(obj as UserResponse);

    /// <summary>Whether another one has the same members.</summary>
    /// <param name="input">The other one.</param>
    /// <returns>True when it has.</returns>
    public bool Equals(UserResponse? input) =>
        input is not null
        && ModelText.Same(UserId, input.UserId)
        && ModelText.Same(Email, input.Email)
        && ModelText.Same(DisplayName, input.DisplayName)
        && ModelText.Same(Username, input.Username)
        && ModelText.Same(CreatedAt, input.CreatedAt)
        && ModelText.Same(UpdatedAt, input.UpdatedAt);

    /// <summary>A hash of the members.</summary>
    /// <returns>The hash.</returns>
    public override int GetHashCode() => ModelText.Hash(UserId, Email, DisplayName, Username, CreatedAt, UpdatedAt);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => ModelText.Lacks(this);

    string? IAnswer.Missing() =>
        // An empty e-mail address is that of a user without one.
        ModelText.FirstMissing(("userId", UserId), ("email", Email is null ? null : "present"), ("displayName", DisplayName));
}
