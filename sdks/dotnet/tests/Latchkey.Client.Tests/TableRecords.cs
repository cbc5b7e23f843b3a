using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace Latchkey.Client.Tests;

/// <summary>The table's calls on records, named as the client has them: <c>keys.get</c>, <c>workspaces.members.add</c>.</summary>
public static class TableRecords
{
    public static Task<JsonNode?> Call(LatchkeyClient client, TableCall call)
    {
        string group = call.Name[..call.Name.LastIndexOf('.')];
        return group switch
        {
            "keys" => Keys(client.Keys, call),
            "usage" => Usage(client.Usage, call),
            "reservations" => Reservations(client.Reservations, call),
            "users" => Users(client.Users, call),
            "workspaces" => Workspaces(client.Workspaces, call),
            "workspaces.members" => Members(client.Workspaces.Members, call),
            "audit" => Audit(client.Audit, call),
            _ => throw Unknown(call),
        };
    }

    private static async Task<JsonNode?> Keys(KeysClient keys, TableCall call) => Method(call) switch
    {
        "create" => Wire(await keys.CreateAsync(call.BodyAs<CreateKey>(), Idempotency(call))),
        "list" => Wire(await keys.ListPageAsync(KeyQueryOf(call))),
        "all" => await All(keys.ListAsync(KeyQueryOf(call))),
        "get" => Wire(await keys.GetAsync(Ref(call))),
        "update" => Wire(await keys.UpdateAsync(Ref(call), call.BodyAs<UpdateKey>(), Revision(call))),
        "revoke" => Wire(await keys.RevokeAsync(Ref(call), call.Text("reason"), Revision(call))),
        "import" => Wire(await keys.ImportAsync(call.BodyAs<ImportKeys>())),
        "revokeMany" => Wire(await keys.RevokeManyAsync(call.BodyAs<RevokeKeys>())),
        "rotate" => Wire(await keys.RotateAsync(Ref(call), call.BodyAs<RotateKey>())),
        "endOverlap" => Wire(await keys.EndOverlapAsync(Ref(call))),
        "boost" => Wire(await keys.BoostAsync(Ref(call), call.Text("more")!, call.BodyAs<SetBoost>())),
        "endBoost" => Wire(await keys.EndBoostAsync(Ref(call), call.Text("more")!)),
        "thresholds" => Wire(await keys.ThresholdsAsync(Ref(call))),
        "getSelf" => Wire(await keys.GetSelfAsync()),
        "revokeSelf" => Wire(await keys.RevokeSelfAsync(call.Text("reason"), Revision(call))),
        _ => throw Unknown(call),
    };

    private static async Task<JsonNode?> Usage(UsageClient usage, TableCall call) => Method(call) switch
    {
        "report" => Wire(await usage.ReportAsync(call.BodyAs<ReportUsage>().Events)),
        "correct" => Wire(await usage.CorrectAsync(call.BodyAs<CorrectUsage>())),
        "summarise" => new JsonArray([.. (await usage.SummariseAsync(UsageQueryOf(call))).Select(Wire)]),
        "event" => await usage.EventAsync(Ref(call), call.Text("more")!) is { } found ? Wire(found) : null,
        _ => throw Unknown(call),
    };

    private static async Task<JsonNode?> Reservations(ReservationsClient held, TableCall call)
    {
        ReservationQuery query = new() { KeyId = Asked(call, "keyId"), State = Asked(call, "state"), Limit = Limit(call) };
        return Method(call) switch
        {
            "get" => Wire(await held.GetAsync(Ref(call))),
            "list" => Wire(await held.ListPageAsync(query)),
            "all" => await All(held.ListAsync(query)),
            _ => throw Unknown(call),
        };
    }

    private static async Task<JsonNode?> Users(UsersClient users, TableCall call)
    {
        UserQuery query = new() { ExternalId = Asked(call, "externalId"), Limit = Limit(call), Cursor = Asked(call, "cursor") };
        switch (Method(call))
        {
            case "create": return Wire(await users.CreateAsync(call.BodyAs<CreateUser>(), Idempotency(call)));
            case "list": return Wire(await users.ListPageAsync(query));
            case "all": return await All(users.ListAsync(query));
            case "get": return Wire(await users.GetAsync(Ref(call)));
            case "update": return Wire(await users.UpdateAsync(Ref(call), call.BodyAs<UpdateUser>(), Revision(call)));
            case "thresholds": return Wire(await users.ThresholdsAsync(Ref(call)));
            case "delete":
                await users.DeleteAsync(Ref(call), Revision(call));
                return null;
            default: throw Unknown(call);
        }
    }

    private static async Task<JsonNode?> Workspaces(WorkspacesClient workspaces, TableCall call)
    {
        switch (Method(call))
        {
            case "create": return Wire(await workspaces.CreateAsync(call.BodyAs<CreateWorkspace>(), Idempotency(call)));
            case "list": return Wire(await workspaces.ListPageAsync(new() { Limit = Limit(call) }));
            case "get": return Wire(await workspaces.GetAsync(Ref(call)));
            case "update": return Wire(await workspaces.UpdateAsync(Ref(call), call.BodyAs<UpdateWorkspace>(), Revision(call)));
            case "thresholds": return Wire(await workspaces.ThresholdsAsync(Ref(call)));
            case "delete":
                await workspaces.DeleteAsync(Ref(call), Revision(call));
                return null;
            default: throw Unknown(call);
        }
    }

    private static async Task<JsonNode?> Members(MembersClient members, TableCall call)
    {
        switch (Method(call))
        {
            case "add": return Wire(await members.AddAsync(Ref(call), call.BodyAs<AddMember>(), Idempotency(call)));
            case "list": return Wire(await members.ListPageAsync(Ref(call), new() { Limit = Limit(call) }));
            case "remove":
                await members.RemoveAsync(Ref(call), call.Text("more")!);
                return null;
            default: throw Unknown(call);
        }
    }

    private static async Task<JsonNode?> Audit(AuditClient audit, TableCall call)
    {
        AuditQuery query = new()
        {
            TargetKind = Asked(call, "targetKind"),
            TargetId = Asked(call, "targetId"),
            Action = Asked(call, "action"),
            Outcome = Asked(call, "outcome"),
            Limit = Limit(call),
        };
        return Method(call) switch
        {
            "list" => Wire(await audit.ListPageAsync(query)),
            "all" => await All(audit.ListAsync(query)),
            _ => throw Unknown(call),
        };
    }

    private static KeyQuery KeyQueryOf(TableCall call) => new()
    {
        ExternalUserId = Asked(call, "externalUserId"),
        Status = Asked(call, "status"),
        Label = call.Input["query"]?["label"]?.AsArray().Select(label => label!.ToString()).ToArray(),
        Search = Asked(call, "search"),
        Unlimited = Asked(call, "unlimited") == "true",
        Limit = Limit(call),
    };

    private static UsageQuery UsageQueryOf(TableCall call) =>
        new()
        {
            Interval = Asked(call, "interval"),
            GroupBy = call.Input["query"]?["groupBy"]?.AsArray().Select(group => group!.ToString()).ToArray(),
            KeyId = Asked(call, "keyId"),
        };

    private static string Method(TableCall call) => call.Name[(call.Name.LastIndexOf('.') + 1)..];

    private static string Ref(TableCall call) => call.Text("ref")!;

    private static string? Asked(TableCall call, string name) => call.Input["query"]?[name]?.ToString();

    private static long? Limit(TableCall call) => (long?)call.Input["query"]?["limit"];

    private static string? Idempotency(TableCall call) => call.Text("idempotencyKey");

    private static long? Revision(TableCall call) => (long?)call.Input["ifRevision"];

    private static JsonNode? Wire<T>(T data) => JsonSerializer.SerializeToNode(data, NativeJson.Shape<T>(NativeJson.Options));

    private static async Task<JsonNode?> All<T>(IAsyncEnumerable<T> items)
    {
        JsonArray all = [];
        await foreach (T item in items) all.Add(Wire(item));
        return all;
    }

    private static InvalidOperationException Unknown(TableCall call) => new($"This SDK has no call {call.Name}.");
}
