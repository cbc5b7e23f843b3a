// Written by npm run docs from the server's OpenAPI document; a test fails when it is stale.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>The uses that a key allows. Newer servers may know more words.</summary>
public static class Accesses
{
    /// <summary>The uses that a key allows: <c>use</c>.</summary>
    public const string Use = "use";

    /// <summary>The uses that a key allows: <c>manage</c>.</summary>
    public const string Manage = "manage";

    /// <summary>The uses that a key allows: <c>full</c>.</summary>
    public const string Full = "full";
}

/// <summary>The outcome of an act. Newer servers may know more words.</summary>
public static class AuditOutcomes
{
    /// <summary>The outcome of an act: <c>done</c>.</summary>
    public const string Done = "done";

    /// <summary>The outcome of an act: <c>denied</c>.</summary>
    public const string Denied = "denied";
}

/// <summary>The result of handing over one key. Newer servers may know more words.</summary>
public static class HandoverOutcomes
{
    /// <summary>The result of handing over one key: <c>handed_over</c>.</summary>
    public const string HandedOver = "handed_over";

    /// <summary>The result of handing over one key: <c>failed</c>.</summary>
    public const string Failed = "failed";
}

/// <summary>The result for an imported key. Newer servers may know more words.</summary>
public static class ImportOutcomes
{
    /// <summary>The result for an imported key: <c>created</c>.</summary>
    public const string Created = "created";

    /// <summary>The result for an imported key: <c>exists</c>.</summary>
    public const string Exists = "exists";

    /// <summary>The result for an imported key: <c>failed</c>.</summary>
    public const string Failed = "failed";
}

/// <summary>The order of a list of keys. Newer servers may know more words.</summary>
public static class KeyOrders
{
    /// <summary>The order of a list of keys: <c>createdAt</c>.</summary>
    public const string CreatedAt = "createdAt";

    /// <summary>The order of a list of keys: <c>lastUsedAt</c>.</summary>
    public const string LastUsedAt = "lastUsedAt";

    /// <summary>The order of a list of keys: <c>expiresAt</c>.</summary>
    public const string ExpiresAt = "expiresAt";

    /// <summary>The order of a list of keys: <c>spent</c>.</summary>
    public const string Spent = "spent";
}

/// <summary>The status of a key at a moment. Newer servers may know more words.</summary>
public static class KeyStatuses
{
    /// <summary>The status of a key at a moment: <c>active</c>.</summary>
    public const string Active = "active";

    /// <summary>The status of a key at a moment: <c>disabled</c>.</summary>
    public const string Disabled = "disabled";

    /// <summary>The status of a key at a moment: <c>expired</c>.</summary>
    public const string Expired = "expired";

    /// <summary>The status of a key at a moment: <c>not_yet_valid</c>.</summary>
    public const string NotYetValid = "not_yet_valid";

    /// <summary>The status of a key at a moment: <c>revoked</c>.</summary>
    public const string Revoked = "revoked";
}

/// <summary>The record that a limit belongs to, or `rate` for a rate limit. Newer servers may know more words.</summary>
public static class LimitScopes
{
    /// <summary>The record that a limit belongs to, or `rate` for a rate limit: <c>rate</c>.</summary>
    public const string Rate = "rate";

    /// <summary>The record that a limit belongs to, or `rate` for a rate limit: <c>key</c>.</summary>
    public const string Key = "key";

    /// <summary>The record that a limit belongs to, or `rate` for a rate limit: <c>user</c>.</summary>
    public const string User = "user";

    /// <summary>The record that a limit belongs to, or `rate` for a rate limit: <c>workspace</c>.</summary>
    public const string Workspace = "workspace";
}

/// <summary>The period in which a limit counts. Newer servers may know more words.</summary>
public static class LimitWindows
{
    /// <summary>The period in which a limit counts: <c>daily</c>.</summary>
    public const string Daily = "daily";

    /// <summary>The period in which a limit counts: <c>weekly</c>.</summary>
    public const string Weekly = "weekly";

    /// <summary>The period in which a limit counts: <c>monthly</c>.</summary>
    public const string Monthly = "monthly";

    /// <summary>The period in which a limit counts: <c>total</c>.</summary>
    public const string Total = "total";
}

/// <summary>What a member of a workspace is. Newer servers may know more words.</summary>
public static class MemberStandings
{
    /// <summary>What a member of a workspace is: <c>member</c>.</summary>
    public const string Member = "member";

    /// <summary>What a member of a workspace is: <c>manager</c>.</summary>
    public const string Manager = "manager";
}

/// <summary>The nodes on which a change is in force. Newer servers may know more words.</summary>
public static class Reaches
{
    /// <summary>The nodes on which a change is in force: <c>all-nodes</c>.</summary>
    public const string AllNodes = "all-nodes";

    /// <summary>The nodes on which a change is in force: <c>this-node</c>.</summary>
    public const string ThisNode = "this-node";
}

/// <summary>The length of a row of a report. Newer servers may know more words.</summary>
public static class ReportIntervals
{
    /// <summary>The length of a row of a report: <c>hour</c>.</summary>
    public const string Hour = "hour";

    /// <summary>The length of a row of a report: <c>day</c>.</summary>
    public const string Day = "day";

    /// <summary>The length of a row of a report: <c>week</c>.</summary>
    public const string Week = "week";

    /// <summary>The length of a row of a report: <c>month</c>.</summary>
    public const string Month = "month";
}

/// <summary>The result for a key to revoke. Newer servers may know more words.</summary>
public static class RevokeOutcomes
{
    /// <summary>The result for a key to revoke: <c>revoked</c>.</summary>
    public const string Revoked = "revoked";

    /// <summary>The result for a key to revoke: <c>already_revoked</c>.</summary>
    public const string AlreadyRevoked = "already_revoked";

    /// <summary>The result for a key to revoke: <c>skipped</c>.</summary>
    public const string Skipped = "skipped";

    /// <summary>The result for a key to revoke: <c>failed</c>.</summary>
    public const string Failed = "failed";
}

/// <summary>The role of a user, which decides its abilities. Newer servers may know more words.</summary>
public static class Roles
{
    /// <summary>The role of a user, which decides its abilities: <c>ROOT</c>.</summary>
    public const string Root = "ROOT";

    /// <summary>The role of a user, which decides its abilities: <c>ADMIN</c>.</summary>
    public const string Admin = "ADMIN";

    /// <summary>The role of a user, which decides its abilities: <c>USER</c>.</summary>
    public const string User = "USER";

    /// <summary>The role of a user, which decides its abilities: <c>SERVICE</c>.</summary>
    public const string Service = "SERVICE";
}

/// <summary>The kind of a record. Newer servers may know more words.</summary>
public static class TargetKinds
{
    /// <summary>The kind of a record: <c>key</c>.</summary>
    public const string Key = "key";

    /// <summary>The kind of a record: <c>user</c>.</summary>
    public const string User = "user";

    /// <summary>The kind of a record: <c>workspace</c>.</summary>
    public const string Workspace = "workspace";

    /// <summary>The kind of a record: <c>system</c>.</summary>
    public const string System = "system";
}

/// <summary>The user to add to a workspace.</summary>
public sealed class AddMember
{
    /// <summary>The user to add.</summary>
    public required string UserId { get; init; }

    /// <summary>A <c>manager</c> also makes, changes, rotates and revokes the keys of the other members here, and sees their usage. <c>member</c> when absent; a member that is one already then stays what it is. See <see cref="MemberStandings"/>.</summary>
    public string? Standing { get; init; }
}

/// <summary>The owner of the credential; nulls for the acts of the server itself at its first start.</summary>
public sealed class AuditActor : IModel
{
    /// <summary>The id of the user who called.</summary>
    public string? UserId { get; init; }

    /// <summary>The id of the key that was the credential.</summary>
    public string? KeyId { get; init; }

    bool IModel.IsWhole =>
        (UserId is null || !string.IsNullOrEmpty(UserId))
        && (KeyId is null || !string.IsNullOrEmpty(KeyId));
}

/// <summary>One change or denied attempt, with its caller and record.</summary>
public sealed class AuditEntry : IModel
{
    /// <summary>The id of the entry.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The time of the act; for equal denials, the first of them.</summary>
    [JsonRequired]
    public DateTimeOffset At { get; init; }

    /// <summary>The number of equal denials within one hour: same key, action, target and reason. 1 for an act that was done.</summary>
    [JsonRequired]
    public long Count { get; init; }

    /// <summary>The time of the last of them.</summary>
    [JsonRequired]
    public DateTimeOffset LastAt { get; init; }

    /// <summary>The act, such as <c>key.create</c>.</summary>
    [JsonRequired]
    public string Action { get; init; } = "";

    /// <summary>Whether it was done, or denied. See <see cref="AuditOutcomes"/>.</summary>
    [JsonRequired]
    public string Outcome { get; init; } = "";

    /// <summary>The record that it was about.</summary>
    [JsonRequired]
    public AuditTarget Target { get; init; } = null!;

    /// <summary>The owner of the credential; nulls for the acts of the server itself at its first start.</summary>
    [JsonRequired]
    public AuditActor Actor { get; init; } = null!;

    /// <summary>The changed members, before the change.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Before { get; init; }

    /// <summary>The changed members, after the change.</summary>
    public IReadOnlyDictionary<string, JsonElement>? After { get; init; }

    /// <summary>The given reason, or the reason of the denial.</summary>
    public string? Reason { get; init; }

    /// <summary>The id of the request, from <c>X-Request-Id</c> of its answer.</summary>
    public string? RequestId { get; init; }

    /// <summary>The address of the client; null when unknown.</summary>
    public string? Ip { get; init; }

    /// <summary>Null for denied attempts.</summary>
    public long? Revision { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && Action is not null
        && !string.IsNullOrEmpty(Outcome)
        && Target is IModel { IsWhole: true }
        && Actor is IModel { IsWhole: true };
}

/// <summary>The entries of the audit log to list.</summary>
public sealed class AuditQuery
{
    /// <summary>Only acts on records of this kind. See <see cref="TargetKinds"/>.</summary>
    public string? TargetKind { get; init; }

    /// <summary>Only acts on the record with this id.</summary>
    public string? TargetId { get; init; }

    /// <summary>Only acts of this user.</summary>
    public string? ActorUserId { get; init; }

    /// <summary>Only entries of one request, by the <c>X-Request-Id</c> of its answer.</summary>
    public string? RequestId { get; init; }

    /// <summary>Only acts of this name, such as <c>key.revoke</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Only acts that were done, or only those that were denied. See <see cref="AuditOutcomes"/>.</summary>
    public string? Outcome { get; init; }

    /// <summary>Only acts from this time on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only acts before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The greatest number of entries in one page, from 1 to 100.</summary>
    public long? Limit { get; init; }

    /// <summary>The previous page's <c>nextCursor</c>, with the same filters and order.</summary>
    public string? Cursor { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("targetKind", TargetKind);
        query.Add("targetId", TargetId);
        query.Add("actorUserId", ActorUserId);
        query.Add("requestId", RequestId);
        query.Add("action", Action);
        query.Add("outcome", Outcome);
        query.Add("from", From);
        query.Add("to", To);
        query.Add("limit", Limit);
        query.Add("cursor", Cursor);
        return query.ToString();
    }
}

/// <summary>The record that it was about.</summary>
public sealed class AuditTarget : IModel
{
    /// <summary>The kind of the record. See <see cref="TargetKinds"/>.</summary>
    [JsonRequired]
    public string Kind { get; init; } = "";

    /// <summary>The id of the record; null when it was about none.</summary>
    public string? Id { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Kind);
}

/// <summary>A temporary raise of a limit.</summary>
public sealed class Boost : IModel
{
    /// <summary>The amount added to the limit until then. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Amount { get; init; }

    /// <summary>First instant at which it no longer counts.</summary>
    [JsonRequired]
    public DateTimeOffset Until { get; init; }

    bool IModel.IsWhole =>
        true;
}

/// <summary>Boosts that raise limits for a time; ended boosts are left out.</summary>
public sealed class Boosts : IModel
{
    /// <summary>The boost of the daily limit.</summary>
    public Boost? Daily { get; init; }

    /// <summary>The boost of the weekly limit.</summary>
    public Boost? Weekly { get; init; }

    /// <summary>The boost of the monthly limit.</summary>
    public Boost? Monthly { get; init; }

    /// <summary>The boost of the limit of all time.</summary>
    public Boost? Total { get; init; }

    bool IModel.IsWhole =>
        (Daily is null || Daily is IModel { IsWhole: true })
        && (Weekly is null || Weekly is IModel { IsWhole: true })
        && (Monthly is null || Monthly is IModel { IsWhole: true })
        && (Total is null || Total is IModel { IsWhole: true });
}

/// <summary>A correction of an event that was recorded by mistake.</summary>
public sealed class CorrectUsage
{
    /// <summary>Your own id for it, unique per key: a repeated call corrects nothing more.</summary>
    public required string Id { get; init; }

    /// <summary>The id of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The event: the id of a reported event, the requestId of a charge, or <c>reservation:&lt;id&gt;</c> for the settlement of a reservation.</summary>
    public required string EventId { get; init; }

    /// <summary>The amount to subtract. Without this and byokAmount: the whole rest of the event.</summary>
    public decimal? Amount { get; init; }

    /// <summary>The same for usage that was paid elsewhere.</summary>
    public decimal? ByokAmount { get; init; }

    /// <summary>The reason, for people: it stands in the audit log.</summary>
    public required string Reason { get; init; }
}

/// <summary>Without a limit of their own: <c>GET /v2/keys?unlimited=true</c>.</summary>
public sealed class CountedKeys : IModel
{
    /// <summary>At most 1000.</summary>
    [JsonRequired]
    public long Count { get; init; }

    /// <summary>True when the real number is higher than the count.</summary>
    [JsonRequired]
    public bool IsMore { get; init; }

    bool IModel.IsWhole =>
        true;
}

/// <summary>A key to create.</summary>
public sealed class CreateKey
{
    /// <summary>Generated when absent. Only ADMIN and ROOT may choose it, because a refused id reveals that another key has it.</summary>
    public string? Id { get; init; }

    /// <summary>The name of the key for people, at most 255 characters. It need not be unique. Empty when absent.</summary>
    public string? Name { get; init; }

    /// <summary><c>use</c> when absent. See <see cref="Accesses"/>.</summary>
    public string? Access { get; init; }

    /// <summary>True switches the key off until it is set to false again. False when absent.</summary>
    public bool? Disabled { get; init; }

    /// <summary>The caller when absent.</summary>
    public string? OwnerId { get; init; }

    /// <summary>The id of a workspace, or its slug. The default one when absent.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique.</summary>
    public string? ExternalUserId { get; init; }

    /// <summary>At most 20.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The permissions that the key has, such as <c>documents.read</c>. A segment may be <c>*</c> at the end: <c>documents.*</c> includes all below <c>documents</c>. None when absent.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>The most that the key may spend in each window, in USD; a window without a limit has no cap.</summary>
    public Limits? Limits { get; init; }

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too. False when absent.</summary>
    public bool? IncludeByokInLimit { get; init; }

    /// <summary>How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs. None when absent.</summary>
    public IReadOnlyList<RateLimit>? RateLimits { get; init; }

    /// <summary>IP addresses and CIDR blocks from which the key may be used, such as <c>203.0.113.0/24</c>; an empty list allows all.</summary>
    public IReadOnlyList<string>? AllowedIps { get; init; }

    /// <summary>The first instant at which the key is valid; valid at once when there is none.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The first instant at which the key no longer works; it never expires when there is none.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A user to create.</summary>
public sealed class CreateUser
{
    /// <summary>A UUID that you choose; generated when absent.</summary>
    public string? Id { get; init; }

    /// <summary>The unique name of the user, one word; letter case does not count.</summary>
    public required string Username { get; init; }

    /// <summary>The e-mail address; none when absent or null.</summary>
    public string? Email { get; init; }

    /// <summary>The name of the user for people.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Your own id of the user; lists find users by it. None when absent.</summary>
    public string? ExternalId { get; init; }

    /// <summary><c>USER</c> when absent. See <see cref="Roles"/>.</summary>
    public string? Role { get; init; }

    /// <summary>True disables all keys of the user until it is set to false. False when absent.</summary>
    public bool? Disabled { get; init; }

    /// <summary>Caps on the spending of all its keys together.</summary>
    public Limits? Limits { get; init; }

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too. False when absent.</summary>
    public bool? IncludeByokInLimit { get; init; }

    /// <summary>The bounds of the grants that the user makes to keys. Without <c>permissions</c> a ROOT or ADMIN may grant any permission, and others none.</summary>
    public GrantPolicyChanges? Policy { get; init; }
}

/// <summary>A workspace to create.</summary>
public sealed class CreateWorkspace
{
    /// <summary>A UUID that you choose; generated when absent.</summary>
    public string? Id { get; init; }

    /// <summary>The name of the workspace for people.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique.</summary>
    public required string Slug { get; init; }

    /// <summary>A description for people.</summary>
    public string? Description { get; init; }

    /// <summary>Caps on the spending of all its keys together.</summary>
    public Limits? Limits { get; init; }

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too. False when absent.</summary>
    public bool? IncludeByokInLimit { get; init; }
}

/// <summary>When and where the last key revoked by this call stopped working.</summary>
public sealed class Effective : IModel
{
    /// <summary>Where it is in force: <c>all-nodes</c> once no node answers from older facts. See <see cref="Reaches"/>.</summary>
    [JsonRequired]
    public string Scope { get; init; } = "";

    /// <summary>The number of nodes on which it is in force.</summary>
    [JsonRequired]
    public long Nodes { get; init; }

    /// <summary>Since when. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset At { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Scope);
}

/// <summary>A key that was refused, and how often.</summary>
public sealed class FailingKey : IModel
{
    /// <summary>The id of the key.</summary>
    [JsonRequired]
    public string KeyId { get; init; } = "";

    /// <summary>The name of the key for people, at most 255 characters. It need not be unique.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>The first and last characters of the secret, by which people recognise it. It cannot be used as a key.</summary>
    [JsonRequired]
    public string Mask { get; init; } = "";

    /// <summary>The id of the user that the key belongs to.</summary>
    [JsonRequired]
    public string OwnerId { get; init; } = "";

    /// <summary>The number of refusals.</summary>
    [JsonRequired]
    public long Refused { get; init; }

    /// <summary>The number of verifies that passed.</summary>
    [JsonRequired]
    public long Valid { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(KeyId)
        && Name is not null
        && Mask is not null
        && !string.IsNullOrEmpty(OwnerId);
}

/// <summary>The bounds of the keys of a user.</summary>
public sealed class GrantPolicy : IModel
{
    /// <summary>Patterns of the permissions that may be granted; null for any.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>The most that a granted key may spend; a missing window is unbounded.</summary>
    [JsonRequired]
    public Limits Limits { get; init; } = null!;

    /// <summary>The longest life of a granted key; null for any.</summary>
    public TimeSpan? KeyLifetime { get; init; }

    bool IModel.IsWhole =>
        (Permissions is null || Permissions is not null && Permissions.All(one => one is not null))
        && Limits is IModel { IsWhole: true };
}

/// <summary>The bounds of the grants that the user makes to keys. Without <c>permissions</c> a ROOT or ADMIN may grant any permission, and others none. What is not set stays; of a <see cref="Change{T}"/>, null clears.</summary>
public sealed class GrantPolicyChanges
{
    /// <summary>Patterns of the permissions that the user may grant; null for any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<string>> Permissions { get; init; }

    /// <summary>The most that a key may spend that the user grants, by window, in USD; a missing window has no bound.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<LimitChanges> Limits { get; init; }

    /// <summary>The longest life of a key that the user grants; null for any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<TimeSpan> KeyLifetime { get; init; }
}

/// <summary>The user that is to own the keys of another one.</summary>
public sealed class HandOver
{
    /// <summary>The user that is to own the keys.</summary>
    public required string To { get; init; }

    /// <summary>The previous answer's <c>nextCursor</c>.</summary>
    public string? Cursor { get; init; }
}

/// <summary>The results of handing over the keys of a user.</summary>
public sealed class HandedOver : IModel, IAnswered
{
    /// <summary>How many keys this call has handed over.</summary>
    [JsonRequired]
    public long HandedOverValue { get; init; }

    /// <summary>How many keys could not be handed over.</summary>
    [JsonRequired]
    public long Failed { get; init; }

    /// <summary>One result for each key.</summary>
    [JsonRequired]
    public IReadOnlyList<HandoverResult> Results { get; init; } = [];

    /// <summary>While there may be more keys: send the same call with it.</summary>
    public string? NextCursor { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Results is not null && Results.All(one => one is IModel { IsWhole: true });
}

/// <summary>The result for one key.</summary>
public sealed class HandoverResult : IModel
{
    /// <summary>The id of the key.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The result for this key. See <see cref="HandoverOutcomes"/>.</summary>
    [JsonRequired]
    public string Status { get; init; } = "";

    /// <summary>Why it failed: a code of docs/errors.md.</summary>
    public string? Code { get; init; }

    /// <summary>The reason, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>The places in this request.</summary>
    public IReadOnlyList<InputError>? Errors { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && !string.IsNullOrEmpty(Status)
        && (Errors is null || Errors is not null && Errors.All(one => one is not null));
}

/// <summary>The keys that would stop if a user were disabled.</summary>
public sealed class Impact : IModel, IAnswered
{
    /// <summary>How many keys work now and would stop; counted up to 1000.</summary>
    [JsonRequired]
    public long Keys { get; init; }

    /// <summary>How many of them were used in the last 30 days.</summary>
    [JsonRequired]
    public long UsedRecently { get; init; }

    /// <summary>True when there are more keys than were counted.</summary>
    [JsonRequired]
    public bool HasMore { get; init; }

    /// <summary>The keys that were used last, the latest first.</summary>
    [JsonRequired]
    public IReadOnlyList<StoppingKey> Data { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Data is not null && Data.All(one => one is IModel { IsWhole: true });
}

/// <summary>A key of another system. Its secret goes on working.</summary>
public sealed class ImportKey
{
    /// <summary>Hex SHA-256 of the whole text of the key.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Instead of sha256: the text of the key, which is kept nowhere. 20 to 256 printable ASCII characters.</summary>
    public string? Secret { get; init; }

    /// <summary>With sha256: the text by which lists show the key.</summary>
    public string? Mask { get; init; }

    /// <summary>Generated when absent. Only ADMIN and ROOT may choose it, because a refused id reveals that another key has it.</summary>
    public string? Id { get; init; }

    /// <summary>The name of the key for people, at most 255 characters. It need not be unique. Empty when absent.</summary>
    public string? Name { get; init; }

    /// <summary><c>use</c> when absent. See <see cref="Accesses"/>.</summary>
    public string? Access { get; init; }

    /// <summary>True switches the key off until it is set to false again. False when absent.</summary>
    public bool? Disabled { get; init; }

    /// <summary>The caller when absent.</summary>
    public string? OwnerId { get; init; }

    /// <summary>The id of a workspace, or its slug. The default one when absent.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique.</summary>
    public string? ExternalUserId { get; init; }

    /// <summary>At most 20.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The permissions that the key has, such as <c>documents.read</c>. A segment may be <c>*</c> at the end: <c>documents.*</c> includes all below <c>documents</c>. None when absent.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>The most that the key may spend in each window, in USD; a window without a limit has no cap.</summary>
    public Limits? Limits { get; init; }

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too. False when absent.</summary>
    public bool? IncludeByokInLimit { get; init; }

    /// <summary>How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs. None when absent.</summary>
    public IReadOnlyList<RateLimit>? RateLimits { get; init; }

    /// <summary>IP addresses and CIDR blocks from which the key may be used, such as <c>203.0.113.0/24</c>; an empty list allows all.</summary>
    public IReadOnlyList<string>? AllowedIps { get; init; }

    /// <summary>The first instant at which the key is valid; valid at once when there is none.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The first instant at which the key no longer works; it never expires when there is none.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Keys of another system.</summary>
public sealed class ImportKeys
{
    /// <summary>The keys, up to 1000.</summary>
    public required IReadOnlyList<ImportKey> Keys { get; init; }

    /// <summary>Only tells the result for each key and changes nothing.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>The result for one key of an import.</summary>
public sealed class ImportedKey : IModel
{
    /// <summary>The SHA-256 of its secret.</summary>
    [JsonRequired]
    public string Sha256 { get; init; } = "";

    /// <summary><c>exists</c>: a live key has this secret already, and is not changed. See <see cref="ImportOutcomes"/>.</summary>
    [JsonRequired]
    public string Status { get; init; } = "";

    /// <summary>Null when it failed, and in a dry run for a key that would be created.</summary>
    public string? Id { get; init; }

    /// <summary>Why it failed: a code of docs/errors.md.</summary>
    public string? Code { get; init; }

    /// <summary>The reason, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>The places in this request.</summary>
    public IReadOnlyList<InputError>? Errors { get; init; }

    bool IModel.IsWhole =>
        Sha256 is not null
        && !string.IsNullOrEmpty(Status)
        && (Id is null || !string.IsNullOrEmpty(Id))
        && (Errors is null || Errors is not null && Errors.All(one => one is not null));
}

/// <summary>A key, without its secret.</summary>
public sealed class Key : IModel, IAnswered
{
    /// <summary>The id of the record: a UUID that never changes.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>Lower-case hex SHA-256 of the key's first secret; never changes.</summary>
    [JsonRequired]
    public string Hash { get; init; } = "";

    /// <summary>The name of the key for people, at most 255 characters. It need not be unique.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>The mask of the current secret.</summary>
    [JsonRequired]
    public string Mask { get; init; } = "";

    /// <summary><c>use</c> the data plane, <c>manage</c> the control plane, or both. See <see cref="Accesses"/>.</summary>
    [JsonRequired]
    public string Access { get; init; } = "";

    /// <summary>The key's own switch.</summary>
    [JsonRequired]
    public bool Disabled { get; init; }

    /// <summary>Derived at the time of the answer. See <see cref="KeyStatuses"/>.</summary>
    [JsonRequired]
    public string Status { get; init; } = "";

    /// <summary>The id of the user that the key belongs to.</summary>
    [JsonRequired]
    public string OwnerId { get; init; } = "";

    /// <summary>The id of the workspace that the key is in.</summary>
    [JsonRequired]
    public string WorkspaceId { get; init; } = "";

    /// <summary>Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique.</summary>
    public string? ExternalUserId { get; init; }

    /// <summary>Your own texts on the key, by name; lists and reports select by them.</summary>
    [JsonRequired]
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The permissions that the key has, such as <c>documents.read</c>. A segment may be <c>*</c> at the end: <c>documents.*</c> includes all below <c>documents</c>.</summary>
    [JsonRequired]
    public IReadOnlyList<string> Permissions { get; init; } = [];

    /// <summary>The most that the key may spend in each window, in USD; a window without a limit has no cap.</summary>
    [JsonRequired]
    public Limits Limits { get; init; } = null!;

    /// <summary>The amounts that raise limits for a time, by window; ended boosts are left out.</summary>
    [JsonRequired]
    public Boosts Boosts { get; init; } = null!;

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    [JsonRequired]
    public bool IncludeByokInLimit { get; init; }

    /// <summary>How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs.</summary>
    [JsonRequired]
    public IReadOnlyList<RateLimit> RateLimits { get; init; } = [];

    /// <summary>IP addresses and CIDR blocks from which the key may be used, such as <c>203.0.113.0/24</c>; an empty list allows all.</summary>
    [JsonRequired]
    public IReadOnlyList<string> AllowedIps { get; init; } = [];

    /// <summary>The first instant at which the key is valid; valid at once when there is none. RFC 3339, UTC, milliseconds.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>First instant at which the key no longer works.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the key was last used; null before the first use. It follows within about a second. RFC 3339, UTC, milliseconds.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>The number of uses; may lag by a second.</summary>
    [JsonRequired]
    public long RequestCount { get; init; }

    /// <summary>When the record was made. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The id of the user that made the record.</summary>
    [JsonRequired]
    public string CreatedById { get; init; } = "";

    /// <summary>The id of the user that changed the record last.</summary>
    [JsonRequired]
    public string UpdatedById { get; init; } = "";

    /// <summary>The money that the key has spent in the running windows and in all, in USD.</summary>
    [JsonRequired]
    public KeyUsage Usage { get; init; } = null!;

    /// <summary>Where the key's own limits stand; its owner and workspace may have more.</summary>
    [JsonRequired]
    public IReadOnlyList<WindowBudget> Budget { get; init; } = [];

    /// <summary>The current secret first, then those whose overlap has not ended.</summary>
    [JsonRequired]
    public IReadOnlyList<KeySecret> Secrets { get; init; } = [];

    /// <summary>The revision of the last change, for If-Match.</summary>
    [JsonRequired]
    public long Revision { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && Hash is not null
        && Name is not null
        && Mask is not null
        && !string.IsNullOrEmpty(Access)
        && !string.IsNullOrEmpty(Status)
        && !string.IsNullOrEmpty(OwnerId)
        && !string.IsNullOrEmpty(WorkspaceId)
        && Labels is not null && Labels.Values.All(one => one is not null)
        && Permissions is not null && Permissions.All(one => one is not null)
        && Limits is IModel { IsWhole: true }
        && Boosts is IModel { IsWhole: true }
        && RateLimits is not null && RateLimits.All(one => one is IModel { IsWhole: true })
        && AllowedIps is not null && AllowedIps.All(one => one is not null)
        && !string.IsNullOrEmpty(CreatedById)
        && !string.IsNullOrEmpty(UpdatedById)
        && Usage is IModel { IsWhole: true }
        && Budget is not null && Budget.All(one => one is IModel { IsWhole: true })
        && Secrets is not null && Secrets.All(one => one is IModel { IsWhole: true });
}

/// <summary>The filters of a list of keys. At least one is required, because an empty filter would match all keys.</summary>
public sealed class KeyFilter
{
    /// <summary>Keys in this workspace.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Keys of this user.</summary>
    public string? OwnerId { get; init; }

    /// <summary>Keys with this status. See <see cref="KeyStatuses"/>.</summary>
    public string? Status { get; init; }

    /// <summary>Keys with this access. See <see cref="Accesses"/>.</summary>
    public string? Access { get; init; }

    /// <summary>Keys of this customer of yours.</summary>
    public string? ExternalUserId { get; init; }

    /// <summary>Every one must be on the key.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Keys with these words in the name or the mask, as in the list of keys.</summary>
    public string? Search { get; init; }

    /// <summary>Keys that were never used, or last before this time.</summary>
    public DateTimeOffset? UnusedSince { get; init; }

    /// <summary>Keys that expire before this time.</summary>
    public DateTimeOffset? ExpiresBefore { get; init; }
}

/// <summary>The number of keys at risk.</summary>
public sealed class KeyHealth : IModel, IAnswered
{
    /// <summary>Keys without a limit of their own.</summary>
    [JsonRequired]
    public CountedKeys Unlimited { get; init; } = null!;

    /// <summary>Keys without an expiry: <c>GET /v2/keys?neverExpires=true</c>.</summary>
    [JsonRequired]
    public CountedKeys NeverExpires { get; init; } = null!;

    /// <summary>Keys that are at least 90 days old and were not used for 90 days: <c>GET /v2/keys?unusedSince=…&amp;createdBefore=…</c>.</summary>
    [JsonRequired]
    public CountedKeys Unused { get; init; } = null!;

    /// <summary>Keys that have used 80 % of one of their limits in a running window: <c>GET /v2/keys?nearLimit=true</c>.</summary>
    [JsonRequired]
    public CountedKeys NearLimit { get; init; } = null!;

    /// <summary>Expire within 7 days: <c>GET /v2/keys?status=active&amp;expiresBefore=…</c>.</summary>
    [JsonRequired]
    public CountedKeys ExpiresSoon { get; init; } = null!;

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Unlimited is IModel { IsWhole: true }
        && NeverExpires is IModel { IsWhole: true }
        && Unused is IModel { IsWhole: true }
        && NearLimit is IModel { IsWhole: true }
        && ExpiresSoon is IModel { IsWhole: true };
}

/// <summary>The keys to list.</summary>
public sealed class KeyQuery
{
    /// <summary>Only keys in this workspace.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Only keys of this user.</summary>
    public string? OwnerId { get; init; }

    /// <summary>Revoked keys are listed only when asked for. See <see cref="KeyStatuses"/>.</summary>
    public string? Status { get; init; }

    /// <summary>Only keys with this access. See <see cref="Accesses"/>.</summary>
    public string? Access { get; init; }

    /// <summary>Keys of one of your customers, exactly as the keys name it.</summary>
    public string? ExternalUserId { get; init; }

    /// <summary><c>name:value</c>; may be repeated, and then every one must be on the key.</summary>
    public IReadOnlyList<string>? Label { get; init; }

    /// <summary>Words between spaces; every one must stand somewhere in the name or in the mask, also within a word: <c>code</c> finds OpenCode. Every sign of a name counts, of any script, pictures and punctuation too; of a mask its letters and digits, or the mask as a whole. Letter case is ignored, and so is how a sign is written (<c>istanbul</c> finds İstanbul, <c>strasse</c> Straße, wide and narrow forms, composed or not); accents are not. A search without anything that can be seen is refused. 503 while a database that was upgraded is still being prepared.</summary>
    public string? Search { get; init; }

    /// <summary>Never used, or last used before this time.</summary>
    public DateTimeOffset? UnusedSince { get; init; }

    /// <summary>Only keys that expire before this time.</summary>
    public DateTimeOffset? ExpiresBefore { get; init; }

    /// <summary>Only keys made before this time.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Only keys without a limit of their own.</summary>
    public bool Unlimited { get; init; }

    /// <summary>Only keys without an expiry.</summary>
    public bool NeverExpires { get; init; }

    /// <summary>Only keys that have used 80 % of one of their limits in a running window.</summary>
    public bool NearLimit { get; init; }

    /// <summary>createdAt and lastUsedAt newest first, expiresAt soonest first, spent most first. lastUsedAt follows within about a second, the order by spent money within about two. See <see cref="KeyOrders"/>.</summary>
    public string? Sort { get; init; }

    /// <summary>The greatest number of entries in one page, from 1 to 100.</summary>
    public long? Limit { get; init; }

    /// <summary>The previous page's <c>nextCursor</c>, with the same filters and order.</summary>
    public string? Cursor { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("workspaceId", WorkspaceId);
        query.Add("ownerId", OwnerId);
        query.Add("status", Status);
        query.Add("access", Access);
        query.Add("externalUserId", ExternalUserId);
        query.Add("label", Label);
        query.Add("search", Search);
        query.Add("unusedSince", UnusedSince);
        query.Add("expiresBefore", ExpiresBefore);
        query.Add("createdBefore", CreatedBefore);
        query.Add("unlimited", Unlimited ? "true" : null);
        query.Add("neverExpires", NeverExpires ? "true" : null);
        query.Add("nearLimit", NearLimit ? "true" : null);
        query.Add("sort", Sort);
        query.Add("limit", Limit);
        query.Add("cursor", Cursor);
        return query.ToString();
    }
}

/// <summary>The refusals of a key for one reason.</summary>
public sealed class KeyRefusals : IModel
{
    /// <summary>The code of the refusals. See <see cref="VerdictCodes"/>.</summary>
    [JsonRequired]
    public string Code { get; init; } = "";

    /// <summary>The limit that caused the refusal; null when it was not a limit.</summary>
    public RefusedLimit? Limit { get; init; }

    /// <summary>The number of refusals for this reason.</summary>
    [JsonRequired]
    public long Count { get; init; }

    /// <summary>The time of the last of them. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset LastAt { get; init; }

    /// <summary>The address of the last refusal; null when unknown.</summary>
    public string? LastIp { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Code)
        && (Limit is null || Limit is IModel { IsWhole: true });
}

/// <summary>A secret of a key that still works.</summary>
public sealed class KeySecret : IModel
{
    /// <summary>The first and last characters of the secret, by which people recognise it. It cannot be used as a key.</summary>
    [JsonRequired]
    public string Mask { get; init; } = "";

    /// <summary>When the secret was made. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its overlap ends; null for the current secret. RFC 3339, UTC, milliseconds.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    bool IModel.IsWhole =>
        Mask is not null;
}

/// <summary>The spending of a key, by window, in USD.</summary>
public sealed class KeyUsage : IModel
{
    /// <summary>The amount for the running UTC day. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Daily { get; init; }

    /// <summary>The amount for the running UTC week, which begins on Monday. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Weekly { get; init; }

    /// <summary>The amount for the running UTC month. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Monthly { get; init; }

    /// <summary>The amount for all time. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Total { get; init; }

    /// <summary>Usage that was paid elsewhere.</summary>
    [JsonRequired]
    public WindowAmounts Byok { get; init; } = null!;

    bool IModel.IsWhole =>
        Byok is IModel { IsWhole: true };
}

/// <summary>The verdicts on a key.</summary>
public sealed class KeyVerifications : IModel, IAnswered
{
    /// <summary>Oldest first; intervals without verdicts are left out.</summary>
    [JsonRequired]
    public IReadOnlyList<VerdictInterval> Data { get; init; } = [];

    /// <summary>Refusals by reason, newest first: those for the same reason are one entry. Kept for 14 days after the last.</summary>
    [JsonRequired]
    public IReadOnlyList<KeyRefusals> Refusals { get; init; } = [];

    /// <summary>The address of the last use with a known address, or of one at most 50 ms before it.</summary>
    public string? LastUsedIp { get; init; }

    /// <summary>The current secret first, then older ones whose overlap has not ended, to see whether they are still in use.</summary>
    [JsonRequired]
    public IReadOnlyList<SecretUses> Secrets { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Data is not null && Data.All(one => one is IModel { IsWhole: true })
        && Refusals is not null && Refusals.All(one => one is IModel { IsWhole: true })
        && Secrets is not null && Secrets.All(one => one is IModel { IsWhole: true });
}

/// <summary>A key, with its secret in the one answer that shows it.</summary>
public sealed class KeyWithSecret : IModel, IAnswered
{
    /// <summary>The key.</summary>
    [JsonRequired]
    public Key Key { get; init; } = null!;

    /// <summary>Shown only in this answer. Absent when an Idempotency-Key repeats an earlier answer.</summary>
    public string? Secret { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Key is IModel { IsWhole: true };
}

/// <summary>The results of an import.</summary>
public sealed class KeysImported : IModel, IAnswered
{
    /// <summary>One per key, in the order of the request.</summary>
    [JsonRequired]
    public IReadOnlyList<ImportedKey> Results { get; init; } = [];

    /// <summary>True when nothing was changed and the results say what would be.</summary>
    [JsonRequired]
    public bool DryRun { get; init; }

    /// <summary>The number of keys that were made.</summary>
    [JsonRequired]
    public long Created { get; init; }

    /// <summary>The number of keys that existed already and stay as they are.</summary>
    [JsonRequired]
    public long Existing { get; init; }

    /// <summary>The number of keys for which it failed.</summary>
    [JsonRequired]
    public long Failed { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Results is not null && Results.All(one => one is IModel { IsWhole: true });
}

/// <summary>The results of revoking many keys.</summary>
public sealed class KeysRevoked : IModel, IAnswered
{
    /// <summary>The result for each key, in the order of the request.</summary>
    [JsonRequired]
    public IReadOnlyList<RevokedKey> Results { get; init; } = [];

    /// <summary>True when nothing was changed and the results say what would be.</summary>
    [JsonRequired]
    public bool DryRun { get; init; }

    /// <summary>The number of keys that were revoked by this call.</summary>
    [JsonRequired]
    public long Revoked { get; init; }

    /// <summary>The number of keys that had been revoked before.</summary>
    [JsonRequired]
    public long AlreadyRevoked { get; init; }

    /// <summary>The number of keys that were left as they are.</summary>
    [JsonRequired]
    public long Skipped { get; init; }

    /// <summary>The number of keys for which it failed.</summary>
    [JsonRequired]
    public long Failed { get; init; }

    /// <summary>When and where the last key revoked by this call stopped working.</summary>
    public Effective? Effective { get; init; }

    /// <summary>With a filter, while there may be more keys: send the same call with it.</summary>
    public string? NextCursor { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Results is not null && Results.All(one => one is IModel { IsWhole: true })
        && (Effective is null || Effective is IModel { IsWhole: true });
}

/// <summary>The most that a key may spend that the user grants, by window, in USD; a missing window has no bound. What is not set stays; of a <see cref="Change{T}"/>, null clears.</summary>
public sealed class LimitChanges
{
    /// <summary>The most for one UTC day; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<decimal> Daily { get; init; }

    /// <summary>The most for one UTC week, which begins on Monday; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<decimal> Weekly { get; init; }

    /// <summary>The most for one UTC month; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<decimal> Monthly { get; init; }

    /// <summary>The most for all time; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<decimal> Total { get; init; }
}

/// <summary>The limits as they were set, without boosts.</summary>
public sealed class Limits : IModel
{
    /// <summary>The most for one UTC day; absent for no limit. USD as a decimal text.</summary>
    public decimal? Daily { get; init; }

    /// <summary>The most for one UTC week, which begins on Monday; absent for no limit. USD as a decimal text.</summary>
    public decimal? Weekly { get; init; }

    /// <summary>The most for one UTC month; absent for no limit. USD as a decimal text.</summary>
    public decimal? Monthly { get; init; }

    /// <summary>The most for all time; absent for no limit. USD as a decimal text.</summary>
    public decimal? Total { get; init; }

    bool IModel.IsWhole =>
        true;
}

/// <summary>A member of a workspace.</summary>
public sealed class Member : IModel, IAnswered
{
    /// <summary>The id of the user.</summary>
    [JsonRequired]
    public string UserId { get; init; } = "";

    /// <summary>The unique name of the user, one word; letter case does not count.</summary>
    [JsonRequired]
    public string Username { get; init; } = "";

    /// <summary>The name of the user for people.</summary>
    [JsonRequired]
    public string DisplayName { get; init; } = "";

    /// <summary>Whether the user is a member or a manager of the workspace. See <see cref="MemberStandings"/>.</summary>
    [JsonRequired]
    public string Standing { get; init; } = "";

    /// <summary>When the user joined; in the default workspace, when the user was created.</summary>
    [JsonRequired]
    public DateTimeOffset JoinedAt { get; init; }

    /// <summary>The user that added this member; null in the default workspace, and when unknown.</summary>
    public string? AddedById { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(UserId)
        && Username is not null
        && DisplayName is not null
        && !string.IsNullOrEmpty(Standing)
        && (AddedById is null || !string.IsNullOrEmpty(AddedById));
}

/// <summary>A key as its holder sees it.</summary>
public sealed class OwnKey : IModel, IAnswered
{
    /// <summary>The key.</summary>
    [JsonRequired]
    public Key Key { get; init; } = null!;

    /// <summary>The refusal that a verify without demands would get now; null while the key would pass.</summary>
    public Verdict? Refusal { get; init; }

    /// <summary>The refusal in words; null when the key may be used.</summary>
    public string? Detail { get; init; }

    /// <summary>Every limit that counts: those of the key and its owner, and those of the workspace while the owner sees it.</summary>
    [JsonRequired]
    public IReadOnlyList<Budget> Budget { get; init; } = [];

    /// <summary>The present state of the key's rate limits.</summary>
    [JsonRequired]
    public IReadOnlyList<RateLimitState> RateLimits { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Key is IModel { IsWhole: true }
        && Budget is not null && Budget.All(one => one is IModel { IsWhole: true })
        && RateLimits is not null && RateLimits.All(one => one is IModel { IsWhole: true });
}

/// <summary>The page of a list.</summary>
public sealed class PageQuery
{
    /// <summary>The greatest number of entries in one page, from 1 to 100.</summary>
    public long? Limit { get; init; }

    /// <summary>The previous page's <c>nextCursor</c>, with the same filters and order.</summary>
    public string? Cursor { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("limit", Limit);
        query.Add("cursor", Cursor);
        return query.ToString();
    }
}

/// <summary>The number of requests that a key may make in a period.</summary>
public sealed class RateLimit : IModel
{
    /// <summary>The name of the rate limit, by which a verify may name its cost.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>The number of units in a window.</summary>
    [JsonRequired]
    public long Limit { get; init; }

    /// <summary>The length of the window. <c>&lt;n&gt;s|m|h|d</c>.</summary>
    [JsonRequired]
    public TimeSpan Window { get; init; }

    bool IModel.IsWhole =>
        Name is not null;
}

/// <summary>A crossing of a threshold by the settled usage of a key, a user or a workspace.</summary>
public sealed class RecordThresholdCrossing : IModel
{
    /// <summary>Whether the limit belongs to the key, its owner or its workspace. See <see cref="LimitScopes"/>.</summary>
    [JsonRequired]
    public string Scope { get; init; } = "";

    /// <summary>The id of that key, user or workspace.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The window of the limit. See <see cref="LimitWindows"/>.</summary>
    [JsonRequired]
    public string Window { get; init; } = "";

    /// <summary>The start of the window; the epoch for <c>total</c>.</summary>
    [JsonRequired]
    public DateTimeOffset Start { get; init; }

    /// <summary>50, 80 or 100 of the limit in force.</summary>
    [JsonRequired]
    public long Percent { get; init; }

    /// <summary>When settled usage reached it.</summary>
    [JsonRequired]
    public DateTimeOffset At { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Scope)
        && !string.IsNullOrEmpty(Id)
        && !string.IsNullOrEmpty(Window);
}

/// <summary>A recorded usage event.</summary>
public sealed class RecordedEvent : IModel
{
    /// <summary>The id of the event, as its caller chose it.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The id of the key.</summary>
    [JsonRequired]
    public string KeyId { get; init; } = "";

    /// <summary>The id of the user that the key belongs to.</summary>
    [JsonRequired]
    public string OwnerId { get; init; } = "";

    /// <summary>The id of the workspace that the key is in.</summary>
    [JsonRequired]
    public string WorkspaceId { get; init; } = "";

    /// <summary>The cost. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Amount { get; init; }

    /// <summary>Usage that was paid elsewhere.</summary>
    [JsonRequired]
    public decimal ByokAmount { get; init; }

    /// <summary>The number of requests that it stands for.</summary>
    [JsonRequired]
    public long Requests { get; init; }

    /// <summary>Decides the windows that it belongs to.</summary>
    [JsonRequired]
    public DateTimeOffset At { get; init; }

    /// <summary>When it was recorded. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset RecordedAt { get; init; }

    /// <summary>The caller that reported, charged or settled it; null when an expired reservation was charged, and for events from before this was recorded.</summary>
    public Caller? ReportedBy { get; init; }

    /// <summary>Your own texts about it, by name; reports group by them.</summary>
    [JsonRequired]
    public IReadOnlyDictionary<string, string> Meta { get; init; } = new Dictionary<string, string>();

    bool IModel.IsWhole =>
        Id is not null
        && !string.IsNullOrEmpty(KeyId)
        && !string.IsNullOrEmpty(OwnerId)
        && !string.IsNullOrEmpty(WorkspaceId)
        && Meta is not null && Meta.Values.All(one => one is not null);
}

/// <summary>Recorded usage events.</summary>
public sealed class RecordedEvents : IModel, IAnswered
{
    /// <summary>The event, or nothing when there is none.</summary>
    [JsonRequired]
    public IReadOnlyList<RecordedEvent> Data { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Data is not null && Data.All(one => one is IModel { IsWhole: true });
}

/// <summary>The limit that caused the refusal; null when it was not a limit.</summary>
public sealed class RefusedLimit : IModel
{
    /// <summary><c>rate</c> for a rate limit of the key; else whose limit on money it was. See <see cref="LimitScopes"/>.</summary>
    [JsonRequired]
    public string Scope { get; init; } = "";

    /// <summary>The name of the rate limit, or the window of the spending limit.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Scope)
        && Name is not null;
}

/// <summary>Usage to record.</summary>
public sealed class ReportUsage
{
    /// <summary>The usage: up to 1000 events, which are recorded together.</summary>
    public required IReadOnlyList<UsageEvent> Events { get; init; }
}

/// <summary>The reservations to list.</summary>
public sealed class ReservationQuery
{
    /// <summary>Only reservations of this key.</summary>
    public string? KeyId { get; init; }

    /// <summary>Only reservations in this state; those that have run out count as expired. See <see cref="ReservationStates"/>.</summary>
    public string? State { get; init; }

    /// <summary>The greatest number of entries in one page, from 1 to 100.</summary>
    public long? Limit { get; init; }

    /// <summary>The previous page's <c>nextCursor</c>, with the same filters and order.</summary>
    public string? Cursor { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("keyId", KeyId);
        query.Add("state", State);
        query.Add("limit", Limit);
        query.Add("cursor", Cursor);
        return query.ToString();
    }
}

/// <summary>When and where a key stopped working.</summary>
public sealed class Revocation : IModel, IAnswered
{
    /// <summary>The id of the revoked key.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>Always <c>revoked</c>: this cannot be undone. See <see cref="KeyStatuses"/>.</summary>
    [JsonRequired]
    public string Status { get; init; } = "";

    /// <summary>The revision of the last change, for If-Match.</summary>
    [JsonRequired]
    public long Revision { get; init; }

    /// <summary>Where the change is in force, and since when.</summary>
    [JsonRequired]
    public Effective Effective { get; init; } = null!;

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && !string.IsNullOrEmpty(Status)
        && Effective is IModel { IsWhole: true };
}

/// <summary>The keys to revoke.</summary>
public sealed class RevokeKeys
{
    /// <summary>Ids or hashes. The key that makes the call, if it is among them, comes last.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Revokes the keys that meet all of these, instead of naming them.</summary>
    public KeyFilter? Filter { get; init; }

    /// <summary>With a filter: the previous answer's <c>nextCursor</c>.</summary>
    public string? Cursor { get; init; }

    /// <summary>The reason, for people: it stands in the audit log.</summary>
    public string? Reason { get; init; }

    /// <summary>Only tells the result for each key and changes nothing.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>The result for one key.</summary>
public sealed class RevokedKey : IModel
{
    /// <summary>The name that <c>ids</c> used; the key id when a filter found it.</summary>
    [JsonRequired]
    public string Key { get; init; } = "";

    /// <summary><c>skipped</c>: the key that makes the call, or one that the filter no longer finds. See <see cref="RevokeOutcomes"/>.</summary>
    [JsonRequired]
    public string Status { get; init; } = "";

    /// <summary>The id of the key; null when there is none.</summary>
    public string? Id { get; init; }

    /// <summary>Absent when no key was revoked, as in a dry run.</summary>
    public Revocation? Receipt { get; init; }

    /// <summary>Why it failed: a code of docs/errors.md.</summary>
    public string? Code { get; init; }

    /// <summary>The reason, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>The places in this request.</summary>
    public IReadOnlyList<InputError>? Errors { get; init; }

    bool IModel.IsWhole =>
        Key is not null
        && !string.IsNullOrEmpty(Status)
        && (Id is null || !string.IsNullOrEmpty(Id))
        && (Receipt is null || Receipt is IModel { IsWhole: true })
        && (Errors is null || Errors is not null && Errors.All(one => one is not null));
}

/// <summary>The options of a rotation.</summary>
public sealed class RotateKey
{
    /// <summary>How long the old secrets keep working; <c>0s</c>, the default, ends them at once.</summary>
    public TimeSpan? Overlap { get; init; }
}

/// <summary>The uses of a secret of a key.</summary>
public sealed class SecretUses : IModel
{
    /// <summary>The first and last characters of the secret, by which people recognise it. It cannot be used as a key.</summary>
    [JsonRequired]
    public string Mask { get; init; } = "";

    /// <summary>When the secret was made. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its overlap ends; null for the current secret. RFC 3339, UTC, milliseconds.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the secret was last used; null before the first use. RFC 3339, UTC, milliseconds.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>How many verifies passed with it.</summary>
    [JsonRequired]
    public long Uses { get; init; }

    bool IModel.IsWhole =>
        Mask is not null;
}

/// <summary>The amount of a boost and its end.</summary>
public sealed class SetBoost
{
    /// <summary>The amount that is added to the limit.</summary>
    public required decimal Amount { get; init; }

    /// <summary>First instant at which it no longer counts.</summary>
    public required DateTimeOffset Until { get; init; }
}

/// <summary>A key that would stop.</summary>
public sealed class StoppingKey : IModel
{
    /// <summary>The id of the record: a UUID that never changes.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The name of the key.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>The visible part of its current secret.</summary>
    [JsonRequired]
    public string Mask { get; init; } = "";

    /// <summary>Its access: what the key is for. See <see cref="Accesses"/>.</summary>
    [JsonRequired]
    public string Access { get; init; } = "";

    /// <summary>The workspace of the key.</summary>
    [JsonRequired]
    public string WorkspaceId { get; init; } = "";

    /// <summary>Your own id of whom the key is for.</summary>
    public string? ExternalUserId { get; init; }

    /// <summary>The last use; null for a key that was never used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && Name is not null
        && Mask is not null
        && !string.IsNullOrEmpty(Access)
        && !string.IsNullOrEmpty(WorkspaceId);
}

/// <summary>A crossing of a threshold by settled usage.</summary>
public sealed class ThresholdCrossing : IModel
{
    /// <summary>The window in which the amount counts: a UTC day, a UTC week from Monday, a UTC month, or all time. See <see cref="LimitWindows"/>.</summary>
    [JsonRequired]
    public string Window { get; init; } = "";

    /// <summary>The start of the window; the epoch for <c>total</c>.</summary>
    [JsonRequired]
    public DateTimeOffset Start { get; init; }

    /// <summary>50, 80 or 100 of the limit in force.</summary>
    [JsonRequired]
    public long Percent { get; init; }

    /// <summary>The time at which it happened. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset At { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Window);
}

/// <summary>The times at which settled usage reached 50, 80 and 100 % of a limit.</summary>
public sealed class ThresholdCrossings : IModel, IAnswered
{
    /// <summary>The crossings, newest first.</summary>
    [JsonRequired]
    public IReadOnlyList<ThresholdCrossing> Data { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Data is not null && Data.All(one => one is IModel { IsWhole: true });
}

/// <summary>The crossings of thresholds to list.</summary>
public sealed class ThresholdQuery
{
    /// <summary>Only crossings from this time on, inclusive.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only this threshold.</summary>
    public long? Percent { get; init; }

    /// <summary>The greatest number of entries in one page, from 1 to 100.</summary>
    public long? Limit { get; init; }

    /// <summary>The previous page's <c>nextCursor</c>, with the same filters and order.</summary>
    public string? Cursor { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("since", Since);
        query.Add("percent", Percent);
        query.Add("limit", Limit);
        query.Add("cursor", Cursor);
        return query.ToString();
    }
}

/// <summary>Changes of a key. What is not set stays; of a <see cref="Change{T}"/>, null clears.</summary>
public sealed class UpdateKey
{
    /// <summary>The name of the key for people, at most 255 characters. It need not be unique. Null clears it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Name { get; init; }

    /// <summary>The purpose of the key: <c>use</c> calls the protected services, <c>manage</c> calls this API, <c>full</c> does both. See <see cref="Accesses"/>.</summary>
    public string? Access { get; init; }

    /// <summary>True switches the key off until it is set to false again.</summary>
    public bool? Disabled { get; init; }

    /// <summary>The new owner. The caller must be allowed to make such a key for that user. Money spent before stays in the sums of the former owner, and open reservations are settled there.</summary>
    public string? OwnerId { get; init; }

    /// <summary>Your own id of the customer for whom the key is; lists and reports find keys by it. Not unique. Null clears it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> ExternalUserId { get; init; }

    /// <summary>Single entries; null removes one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyDictionary<string, string?>> Labels { get; init; }

    /// <summary>The permissions that the key has, such as <c>documents.read</c>. A segment may be <c>*</c> at the end: <c>documents.*</c> includes all below <c>documents</c>. Replaces the whole list; null empties it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<string>> Permissions { get; init; }

    /// <summary>The most that the key may spend in each window, in USD; a window without a limit has no cap. Windows that are absent keep their limit; null removes one, or all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<LimitChanges> Limits { get; init; }

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    public bool? IncludeByokInLimit { get; init; }

    /// <summary>How many requests the key may make in a window, by name. Every verify takes a unit of each, unless it names other costs. Replaces the whole list; null empties it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<RateLimit>> RateLimits { get; init; }

    /// <summary>IP addresses and CIDR blocks from which the key may be used, such as <c>203.0.113.0/24</c>; an empty list allows all. Replaces the whole list; null empties it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<IReadOnlyList<string>> AllowedIps { get; init; }

    /// <summary>The first instant at which the key is valid; valid at once when there is none. Null clears it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<DateTimeOffset> NotBefore { get; init; }

    /// <summary>The first instant at which the key no longer works; it never expires when there is none. Null clears it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<DateTimeOffset> ExpiresAt { get; init; }
}

/// <summary>Changes of a user. What is not set stays; of a <see cref="Change{T}"/>, null clears.</summary>
public sealed class UpdateUser
{
    /// <summary>The unique name of the user, one word; letter case does not count.</summary>
    public string? Username { get; init; }

    /// <summary>The e-mail address; null removes it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Email { get; init; }

    /// <summary>The name of the user for people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Your own id of the user; lists find users by it. Null clears it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> ExternalId { get; init; }

    /// <summary>The rights of the managing keys of the user: see docs/authority.md. A ROOT or ADMIN that may grant any permission and becomes a USER or SERVICE may grant none from then on, unless the request names <c>policy.permissions</c>. A promotion leaves the policy as it is. See <see cref="Roles"/>.</summary>
    public string? Role { get; init; }

    /// <summary>True disables all keys of the user at once, until it is set to false again.</summary>
    public bool? Disabled { get; init; }

    /// <summary>Together with <c>"disabled": true</c>: the user that gets all keys of this one first, so that none of them stops. If one cannot be handed over, the user is not disabled.</summary>
    public string? HandOverTo { get; init; }

    /// <summary>Single windows; null removes a limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<LimitChanges> Limits { get; init; }

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    public bool? IncludeByokInLimit { get; init; }

    /// <summary>Single members, and single windows of the limits; null removes a bound.</summary>
    public GrantPolicyChanges? Policy { get; init; }
}

/// <summary>Changes of a workspace. What is not set stays; of a <see cref="Change{T}"/>, null clears.</summary>
public sealed class UpdateWorkspace
{
    /// <summary>The name of the workspace for people.</summary>
    public string? Name { get; init; }

    /// <summary>The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique.</summary>
    public string? Slug { get; init; }

    /// <summary>A description for people. Null clears it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<string> Description { get; init; }

    /// <summary>Single windows; null removes a limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Change<LimitChanges> Limits { get; init; }

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    public bool? IncludeByokInLimit { get; init; }
}

/// <summary>An event whose id is known with other content.</summary>
public sealed class UsageConflict : IModel
{
    /// <summary>The id of the event.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>Its place in this request.</summary>
    [JsonRequired]
    public string Pointer { get; init; } = "";

    bool IModel.IsWhole =>
        Id is not null
        && Pointer is not null;
}

/// <summary>A correction of usage.</summary>
public sealed class UsageCorrection : IModel, IAnswered
{
    /// <summary>The id of the correction, as its caller chose it.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The id of the key.</summary>
    [JsonRequired]
    public string KeyId { get; init; } = "";

    /// <summary>The id of the corrected event.</summary>
    [JsonRequired]
    public string EventId { get; init; } = "";

    /// <summary>The corrected amount.</summary>
    [JsonRequired]
    public decimal Amount { get; init; }

    /// <summary>Usage that was paid elsewhere. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal ByokAmount { get; init; }

    /// <summary>The time of the event; the correction counts in the windows of that time.</summary>
    [JsonRequired]
    public DateTimeOffset At { get; init; }

    /// <summary>When it was recorded. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset RecordedAt { get; init; }

    /// <summary>The reason, for people: it stands in the audit log.</summary>
    [JsonRequired]
    public string Reason { get; init; } = "";

    /// <summary>True when an earlier call had made this correction already.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Replayed { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Id is not null
        && !string.IsNullOrEmpty(KeyId)
        && EventId is not null
        && Reason is not null;
}

/// <summary>Spending that happened elsewhere.</summary>
public sealed class UsageEvent
{
    /// <summary>Chosen by the caller; repeating it for the same key changes nothing. The requestId of a charge is such an id.</summary>
    public required string Id { get; init; }

    /// <summary>The id of the key that pays; or name it by <c>hash</c>.</summary>
    public string? KeyId { get; init; }

    /// <summary>Instead of keyId: the hash, or the SHA-256 of any secret of the key.</summary>
    public string? Hash { get; init; }

    /// <summary>The cost, in USD. It counts against the limits.</summary>
    public required decimal Amount { get; init; }

    /// <summary>Usage that was paid elsewhere.</summary>
    public decimal? ByokAmount { get; init; }

    /// <summary>The number of requests that the event stands for; 1 when absent.</summary>
    public long? Requests { get; init; }

    /// <summary>When it happened, which decides its windows; now when absent. Within the last 400 days, and at most 5 minutes ahead.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Metadata of the event, at most 20 entries: texts by which reports can group it, and counts of tokens.</summary>
    public IReadOnlyDictionary<string, string>? Meta { get; init; }
}

/// <summary>The usage to add up, and its groups.</summary>
public sealed class UsageQuery
{
    /// <summary>The interval that it lies in is the first. A time in UTC, or a day, which stands for its first moment: <c>2026-11-01</c> is <c>2026-11-01T00:00:00Z</c>. 30 days before <c>to</c> when absent.</summary>
    public string? From { get; init; }

    /// <summary>The end, exclusive: the interval before it is the last. A day stands for its first moment, so with <c>to=2026-11-30</c> the last day is 29 November; the whole of November is <c>from=2026-11-01&amp;to=2026-12-01</c>. Now when absent.</summary>
    public string? To { get; init; }

    /// <summary>The length of the interval of each row. See <see cref="ReportIntervals"/>.</summary>
    public string? Interval { get; init; }

    /// <summary>Splits each interval into groups: key, owner, workspace, externalUserId, label:&lt;name&gt; or meta:&lt;name&gt;. Repeat it to group by two, of which at most one is meta: <c>groupBy=key&amp;groupBy=meta:model</c>. The report is not grouped when it is absent.</summary>
    public IReadOnlyList<string>? GroupBy { get; init; }

    /// <summary>Only usage of this key.</summary>
    public string? KeyId { get; init; }

    /// <summary>Only usage in this workspace.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Only keys that stand for this customer now.</summary>
    public string? ExternalUserId { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("from", From);
        query.Add("to", To);
        query.Add("interval", Interval);
        query.Add("groupBy", GroupBy);
        query.Add("keyId", KeyId);
        query.Add("workspaceId", WorkspaceId);
        query.Add("externalUserId", ExternalUserId);
        return query.ToString();
    }
}

/// <summary>Sums of usage.</summary>
public sealed class UsageReport : IModel, IAnswered
{
    /// <summary>The sums, oldest interval first.</summary>
    [JsonRequired]
    public IReadOnlyList<UsageRow> Data { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Data is not null && Data.All(one => one is IModel { IsWhole: true });
}

/// <summary>The result of reporting usage.</summary>
public sealed class UsageReported : IModel, IAnswered
{
    /// <summary>The number of events that were new.</summary>
    [JsonRequired]
    public long Accepted { get; init; }

    /// <summary>Events that had been reported before with the same content.</summary>
    [JsonRequired]
    public long Duplicates { get; init; }

    /// <summary>Events whose id is known with other content. The first record stays.</summary>
    [JsonRequired]
    public IReadOnlyList<UsageConflict> Conflicts { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Conflicts is not null && Conflicts.All(one => one is IModel { IsWhole: true });
}

/// <summary>Usage of one interval and group.</summary>
public sealed class UsageRow : IModel
{
    /// <summary>The start of the interval, in UTC; weeks start on Monday.</summary>
    [JsonRequired]
    public DateTimeOffset Start { get; init; }

    /// <summary>The value of each groupBy, by its name; null for usage without that customer, label or meta name. Null when the report is not grouped.</summary>
    public IReadOnlyDictionary<string, string?>? Group { get; init; }

    /// <summary>The names of the records in <c>group</c>, by the same name: of a key its name, of an owner its username, of a workspace its name; also of revoked and deleted ones. Null for one that the caller may not read; absent when the report is not grouped by such records, and when the caller may read none.</summary>
    public IReadOnlyDictionary<string, string?>? Names { get; init; }

    /// <summary>The spent money. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Amount { get; init; }

    /// <summary>Usage that was paid elsewhere.</summary>
    [JsonRequired]
    public decimal ByokAmount { get; init; }

    /// <summary>The number of requests that it stands for.</summary>
    [JsonRequired]
    public long Requests { get; init; }

    /// <summary>Set on a line with the corrections of the line before it. Its amounts are negative, so the sum of all lines is the usage that counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Correction { get; init; }

    bool IModel.IsWhole =>
        true;
}

/// <summary>An owner of keys.</summary>
public sealed class User : IModel, IAnswered
{
    /// <summary>The id of the record: a UUID that never changes.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The unique name of the user, one word; letter case does not count.</summary>
    [JsonRequired]
    public string Username { get; init; } = "";

    /// <summary>The e-mail address; null for a user without one.</summary>
    public string? Email { get; init; }

    /// <summary>The name of the user for people.</summary>
    [JsonRequired]
    public string DisplayName { get; init; } = "";

    /// <summary>Your own id of the user; lists find users by it.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The rights of the managing keys of the user: see docs/authority.md. See <see cref="Roles"/>.</summary>
    [JsonRequired]
    public string Role { get; init; } = "";

    /// <summary>True disables all keys of the user.</summary>
    [JsonRequired]
    public bool Disabled { get; init; }

    /// <summary>Caps on the spending of all keys of the user together.</summary>
    [JsonRequired]
    public Limits Limits { get; init; } = null!;

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    [JsonRequired]
    public bool IncludeByokInLimit { get; init; }

    /// <summary>The most that the user may grant to keys.</summary>
    [JsonRequired]
    public GrantPolicy Policy { get; init; } = null!;

    /// <summary>When the record was made. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The revision of the last change, for If-Match.</summary>
    [JsonRequired]
    public long Revision { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && Username is not null
        && DisplayName is not null
        && !string.IsNullOrEmpty(Role)
        && Limits is IModel { IsWhole: true }
        && Policy is IModel { IsWhole: true };
}

/// <summary>The users to list.</summary>
public sealed class UserQuery
{
    /// <summary>Only users with this role. See <see cref="Roles"/>.</summary>
    public string? Role { get; init; }

    /// <summary>Only the users with this id of your own.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The greatest number of entries in one page, from 1 to 100.</summary>
    public long? Limit { get; init; }

    /// <summary>The previous page's <c>nextCursor</c>, with the same filters and order.</summary>
    public string? Cursor { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("role", Role);
        query.Add("externalId", ExternalId);
        query.Add("limit", Limit);
        query.Add("cursor", Cursor);
        return query.ToString();
    }
}

/// <summary>A user, with the state of its limits.</summary>
public sealed class UserWithBudget : IModel, IAnswered
{
    /// <summary>The id of the record: a UUID that never changes.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The unique name of the user, one word; letter case does not count.</summary>
    [JsonRequired]
    public string Username { get; init; } = "";

    /// <summary>The e-mail address; null for a user without one.</summary>
    public string? Email { get; init; }

    /// <summary>The name of the user for people.</summary>
    [JsonRequired]
    public string DisplayName { get; init; } = "";

    /// <summary>Your own id of the user; lists find users by it.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The rights of the managing keys of the user: see docs/authority.md. See <see cref="Roles"/>.</summary>
    [JsonRequired]
    public string Role { get; init; } = "";

    /// <summary>True disables all keys of the user.</summary>
    [JsonRequired]
    public bool Disabled { get; init; }

    /// <summary>Caps on the spending of all keys of the user together.</summary>
    [JsonRequired]
    public Limits Limits { get; init; } = null!;

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    [JsonRequired]
    public bool IncludeByokInLimit { get; init; }

    /// <summary>The most that the user may grant to keys.</summary>
    [JsonRequired]
    public GrantPolicy Policy { get; init; } = null!;

    /// <summary>When the record was made. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The revision of the last change, for If-Match.</summary>
    [JsonRequired]
    public long Revision { get; init; }

    /// <summary>The present state of the limits.</summary>
    [JsonRequired]
    public IReadOnlyList<WindowBudget> Budget { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && Username is not null
        && DisplayName is not null
        && !string.IsNullOrEmpty(Role)
        && Limits is IModel { IsWhole: true }
        && Policy is IModel { IsWhole: true }
        && Budget is not null && Budget.All(one => one is IModel { IsWhole: true });
}

/// <summary>The verdicts of one hour or day.</summary>
public sealed class VerdictInterval : IModel
{
    /// <summary>The start of the interval, in UTC.</summary>
    [JsonRequired]
    public DateTimeOffset Start { get; init; }

    /// <summary>The number of verdicts by code; a code with none is left out.</summary>
    [JsonRequired]
    public IReadOnlyDictionary<string, long> Counts { get; init; } = new Dictionary<string, long>();

    bool IModel.IsWhole =>
        Counts is not null;
}

/// <summary>The verdicts to count.</summary>
public sealed class VerificationQuery
{
    /// <summary>The report begins with the hour of this time. 24 hours before <c>to</c> when absent; at most 14 days before it.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Exclusive. Now when absent.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The length of the interval of each row. See <see cref="ReportIntervals"/>.</summary>
    public string? Interval { get; init; }

    internal string Query()
    {
        QueryText query = new();
        query.Add("from", From);
        query.Add("to", To);
        query.Add("interval", Interval);
        return query.ToString();
    }
}

/// <summary>The verdicts on all keys.</summary>
public sealed class Verifications : IModel, IAnswered
{
    /// <summary>Oldest first; intervals without verdicts are left out.</summary>
    [JsonRequired]
    public IReadOnlyList<VerdictInterval> Data { get; init; } = [];

    /// <summary>The keys, at most 10, that were refused most within the last 24 hours before <c>to</c>, most first.</summary>
    [JsonRequired]
    public IReadOnlyList<FailingKey> Failing { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        Data is not null && Data.All(one => one is IModel { IsWhole: true })
        && Failing is not null && Failing.All(one => one is IModel { IsWhole: true });
}

/// <summary>Usage that was paid elsewhere.</summary>
public sealed class WindowAmounts : IModel
{
    /// <summary>Paid elsewhere in the running UTC day. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Daily { get; init; }

    /// <summary>Paid elsewhere in the running UTC week. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Weekly { get; init; }

    /// <summary>Paid elsewhere in the running UTC month. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Monthly { get; init; }

    /// <summary>Paid elsewhere in all. USD as a decimal text.</summary>
    [JsonRequired]
    public decimal Total { get; init; }

    bool IModel.IsWhole =>
        true;
}

/// <summary>The state of a limit of the record itself.</summary>
public sealed class WindowBudget : IModel
{
    /// <summary>The window in which the amount counts: a UTC day, a UTC week from Monday, a UTC month, or all time. See <see cref="LimitWindows"/>.</summary>
    [JsonRequired]
    public string Window { get; init; } = "";

    /// <summary>The limit in force, with a boost while that lasts.</summary>
    [JsonRequired]
    public decimal Limit { get; init; }

    /// <summary>Settled usage that counts against the limit.</summary>
    [JsonRequired]
    public decimal Spent { get; init; }

    /// <summary>The sum of open reservations.</summary>
    [JsonRequired]
    public decimal Reserved { get; init; }

    /// <summary>limit - spent - reserved, never below 0.</summary>
    [JsonRequired]
    public decimal Remaining { get; init; }

    /// <summary>Null for <c>total</c>, which never resets.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Window);
}

/// <summary>A group of keys.</summary>
public sealed class Workspace : IModel, IAnswered
{
    /// <summary>The id of the record: a UUID that never changes.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique.</summary>
    [JsonRequired]
    public string Slug { get; init; } = "";

    /// <summary>The name of the workspace for people.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>A description for people.</summary>
    public string? Description { get; init; }

    /// <summary>True for the workspace that always exists.</summary>
    [JsonRequired]
    public bool IsDefault { get; init; }

    /// <summary>Caps on the spending of all keys of the workspace together.</summary>
    [JsonRequired]
    public Limits Limits { get; init; } = null!;

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    [JsonRequired]
    public bool IncludeByokInLimit { get; init; }

    /// <summary>The id of the user that made it; null for the default workspace.</summary>
    public string? CreatedById { get; init; }

    /// <summary>When the record was made. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The revision of the last change, for If-Match.</summary>
    [JsonRequired]
    public long Revision { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && Slug is not null
        && Name is not null
        && Limits is IModel { IsWhole: true }
        && (CreatedById is null || !string.IsNullOrEmpty(CreatedById));
}

/// <summary>A workspace, with the state of its limits.</summary>
public sealed class WorkspaceWithBudget : IModel, IAnswered
{
    /// <summary>The id of the record: a UUID that never changes.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The name of the workspace in addresses: lower-case letters, digits and hyphens. Unique.</summary>
    [JsonRequired]
    public string Slug { get; init; } = "";

    /// <summary>The name of the workspace for people.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>A description for people.</summary>
    public string? Description { get; init; }

    /// <summary>True for the workspace that always exists.</summary>
    [JsonRequired]
    public bool IsDefault { get; init; }

    /// <summary>Caps on the spending of all keys of the workspace together.</summary>
    [JsonRequired]
    public Limits Limits { get; init; } = null!;

    /// <summary>Whether usage that was paid elsewhere (<c>byokAmount</c>) counts against the limits, too.</summary>
    [JsonRequired]
    public bool IncludeByokInLimit { get; init; }

    /// <summary>The id of the user that made it; null for the default workspace.</summary>
    public string? CreatedById { get; init; }

    /// <summary>When the record was made. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the record was last changed; the time of creation before the first change. RFC 3339, UTC, milliseconds.</summary>
    [JsonRequired]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The revision of the last change, for If-Match.</summary>
    [JsonRequired]
    public long Revision { get; init; }

    /// <summary>The present state of the limits.</summary>
    [JsonRequired]
    public IReadOnlyList<WindowBudget> Budget { get; init; } = [];

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    bool IModel.IsWhole =>
        !string.IsNullOrEmpty(Id)
        && Slug is not null
        && Name is not null
        && Limits is IModel { IsWhole: true }
        && (CreatedById is null || !string.IsNullOrEmpty(CreatedById))
        && Budget is not null && Budget.All(one => one is IModel { IsWhole: true });
}

/// <summary>
/// How the types of the native API are read and written, generated when this package is built: programs that are trimmed or compiled
/// ahead of time cannot look types up while they run.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(UsdConverter),
        typeof(InstantConverter),
        typeof(DurationConverter),
        typeof(ChangeConverter<IReadOnlyList<string>>),
        typeof(ChangeConverter<LimitChanges>),
        typeof(ChangeConverter<TimeSpan>),
        typeof(ChangeConverter<decimal>),
        typeof(ChangeConverter<string>),
        typeof(ChangeConverter<IReadOnlyDictionary<string, string>>),
        typeof(ChangeConverter<IReadOnlyList<RateLimit>>),
        typeof(ChangeConverter<DateTimeOffset>),
    ])]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(Verdict))]
[JsonSerializable(typeof(ReserveRequest))]
[JsonSerializable(typeof(ExtendRequest))]
[JsonSerializable(typeof(SettleRequest))]
[JsonSerializable(typeof(Reservation))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Incoming.RefusalProblem))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(AddMember))]
[JsonSerializable(typeof(AuditActor))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(AuditTarget))]
[JsonSerializable(typeof(Boost))]
[JsonSerializable(typeof(Boosts))]
[JsonSerializable(typeof(CorrectUsage))]
[JsonSerializable(typeof(CountedKeys))]
[JsonSerializable(typeof(CreateKey))]
[JsonSerializable(typeof(CreateUser))]
[JsonSerializable(typeof(CreateWorkspace))]
[JsonSerializable(typeof(Effective))]
[JsonSerializable(typeof(FailingKey))]
[JsonSerializable(typeof(GrantPolicy))]
[JsonSerializable(typeof(GrantPolicyChanges))]
[JsonSerializable(typeof(HandOver))]
[JsonSerializable(typeof(HandedOver))]
[JsonSerializable(typeof(HandoverResult))]
[JsonSerializable(typeof(Impact))]
[JsonSerializable(typeof(ImportKey))]
[JsonSerializable(typeof(ImportKeys))]
[JsonSerializable(typeof(ImportedKey))]
[JsonSerializable(typeof(Key))]
[JsonSerializable(typeof(KeyFilter))]
[JsonSerializable(typeof(KeyHealth))]
[JsonSerializable(typeof(KeyRefusals))]
[JsonSerializable(typeof(KeySecret))]
[JsonSerializable(typeof(KeyUsage))]
[JsonSerializable(typeof(KeyVerifications))]
[JsonSerializable(typeof(KeyWithSecret))]
[JsonSerializable(typeof(KeysImported))]
[JsonSerializable(typeof(KeysRevoked))]
[JsonSerializable(typeof(LimitChanges))]
[JsonSerializable(typeof(Limits))]
[JsonSerializable(typeof(Member))]
[JsonSerializable(typeof(OwnKey))]
[JsonSerializable(typeof(RateLimit))]
[JsonSerializable(typeof(RecordThresholdCrossing))]
[JsonSerializable(typeof(RecordedEvent))]
[JsonSerializable(typeof(RecordedEvents))]
[JsonSerializable(typeof(RefusedLimit))]
[JsonSerializable(typeof(ReportUsage))]
[JsonSerializable(typeof(Revocation))]
[JsonSerializable(typeof(RevokeKeys))]
[JsonSerializable(typeof(RevokedKey))]
[JsonSerializable(typeof(RotateKey))]
[JsonSerializable(typeof(SecretUses))]
[JsonSerializable(typeof(SetBoost))]
[JsonSerializable(typeof(StoppingKey))]
[JsonSerializable(typeof(ThresholdCrossing))]
[JsonSerializable(typeof(ThresholdCrossings))]
[JsonSerializable(typeof(UpdateKey))]
[JsonSerializable(typeof(UpdateUser))]
[JsonSerializable(typeof(UpdateWorkspace))]
[JsonSerializable(typeof(UsageConflict))]
[JsonSerializable(typeof(UsageCorrection))]
[JsonSerializable(typeof(UsageEvent))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(UsageReported))]
[JsonSerializable(typeof(UsageRow))]
[JsonSerializable(typeof(User))]
[JsonSerializable(typeof(UserWithBudget))]
[JsonSerializable(typeof(VerdictInterval))]
[JsonSerializable(typeof(Verifications))]
[JsonSerializable(typeof(WindowAmounts))]
[JsonSerializable(typeof(WindowBudget))]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(WorkspaceWithBudget))]
[JsonSerializable(typeof(Page<Key>))]
[JsonSerializable(typeof(Page<User>))]
[JsonSerializable(typeof(Page<Workspace>))]
[JsonSerializable(typeof(Page<Member>))]
[JsonSerializable(typeof(Page<AuditEntry>))]
[JsonSerializable(typeof(Page<Reservation>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(LimitChanges))]
[JsonSerializable(typeof(TimeSpan))]
[JsonSerializable(typeof(decimal))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string?>))]
[JsonSerializable(typeof(IReadOnlyList<RateLimit>))]
[JsonSerializable(typeof(DateTimeOffset))]
internal sealed partial class NativeContext : JsonSerializerContext;
