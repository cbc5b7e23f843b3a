using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Latchkey.Client.Tests;

/// <summary>Which methods a run uses.</summary>
public enum Way
{
    Sync,
    Async,
}

/// <summary>How the table's wire form becomes calls of this SDK, and its results and failures the wire form again.</summary>
public static class TableCalls
{
    private static readonly TimeSpan s_generous = TimeSpan.FromSeconds(12);

    public static async Task<JsonNode?> GoodMem(TableCall call, Way way)
    {
        Configuration configuration = new() { BasePath = call.Url, Timeout = call.Timeout ?? s_generous };
        if (call.Credential is not null) configuration.AddDefaultHeader("x-api-key", call.Credential);
        using APIKeysApi api = new(configuration);
        using UsersApi users = new(configuration);
        using SystemApi system = new(configuration);
        string id = call.Text("id")!;
        CancellationToken cancel = call.Cancellation;
        bool sync = way == Way.Sync;
        switch (call.Name)
        {
            case "createApiKey":
                CreateApiKeyRequest create = CreateRequest(call.Body)!;
                return Wire(sync ? api.CreateApiKey(create) : await api.CreateApiKeyAsync(create, cancel));
            case "updateApiKey":
                UpdateApiKeyRequest update = UpdateRequest(call.Body)!;
                return Wire(sync ? api.UpdateApiKey(id, update) : await api.UpdateApiKeyAsync(id, update, cancel));
            case "listApiKeys":
                return Wire(sync ? api.ListApiKeys() : await api.ListApiKeysAsync(cancel));
            case "deleteApiKey":
                if (sync) api.DeleteApiKey(id);
                else await api.DeleteApiKeyAsync(id, cancel);
                return null;
            case "getCurrentUser":
                return Wire(sync ? users.GetCurrentUser() : await users.GetCurrentUserAsync(cancel));
            case "getUser":
                return Wire(sync ? users.GetUser(id) : await users.GetUserAsync(id, cancel));
            case "getUserByEmail":
                string email = call.Text("email")!;
                return Wire(sync ? users.GetUserByEmail(email) : await users.GetUserByEmailAsync(email, cancel));
            case "getSystemInfo":
                return Wire(sync ? system.GetSystemInfo() : await system.GetSystemInfoAsync(cancel));
            case "initializeSystem":
                return Wire(sync ? system.InitializeSystem() : await system.InitializeSystemAsync(cancel));
            default:
                throw new InvalidOperationException($"This SDK has no call {call.Name}.");
        }
    }

    public static async Task<JsonNode?> Native(TableCall call, Way way)
    {
        using LatchkeyClient client = new(OptionsOf(call));
        string id = call.Text("id")!;
        CancellationToken cancel = call.Cancellation;
        bool sync = way == Way.Sync;
        switch (call.Name)
        {
            case "verify":
                VerifyRequest verify = call.BodyAs<VerifyRequest>();
                return Parsed((sync ? client.Verify(verify, cancel) : await client.VerifyAsync(verify, cancel)).ToJson());
            case "reserve":
                ReserveRequest reserve = call.BodyAs<ReserveRequest>();
                return Parsed((sync ? client.Reserve(reserve, cancel) : await client.ReserveAsync(reserve, cancel)).ToJson());
            case "extend":
                ExtendRequest extend = call.BodyAs<ExtendRequest>();
                return Parsed((sync ? client.Extend(id, extend, cancel) : await client.ExtendAsync(id, extend, cancel)).ToJson());
            case "settle":
                SettleRequest settle = call.BodyAs<SettleRequest>();
                return Parsed((sync ? client.Settle(id, settle, cancel) : await client.SettleAsync(id, settle, cancel)).ToJson());
            case "release":
                return Parsed((sync ? client.Release(id, cancel) : await client.ReleaseAsync(id, cancel)).ToJson());
            default:
                return await TableRecords.Call(client, call);
        }
    }

    /// <summary>A failure in the words of the table.</summary>
    public static JsonObject Failure(Exception error) => error switch
    {
        TaskCanceledException { InnerException: TimeoutException } => new() { ["kind"] = "Timeout" },
        OperationCanceledException => new() { ["kind"] = "Aborted" },
        ApiException { ErrorCode: 400 } refused when refused.Message.StartsWith("Missing required parameter", StringComparison.Ordinal) =>
            new() { ["kind"] = "Argument", ["status"] = 400 },
        ApiException failed => new()
        {
            ["kind"] = failed.ErrorCode switch { 0 => "Connection", < 300 => "Validation", _ => "Api" },
            ["status"] = failed.ErrorCode,
            ["body"] = failed.ErrorContent as string,
        },
        LatchkeyException failed => new()
        {
            ["kind"] = failed.Failure switch
            {
                LatchkeyFailure.Refused => "Api",
                LatchkeyFailure.Unreadable => "Validation",
                _ => failed.Failure.ToString(),
            },
            ["status"] = failed.Status,
            ["code"] = failed.Code,
            ["message"] = failed.Detail,
            ["requestId"] = failed.RequestId,
            ["bound"] = failed.Bound is null ? null : JsonSerializer.SerializeToNode(failed.Bound, NativeJson.Options),
            ["neverFits"] = failed.NeverFits,
            ["retryAfterMs"] = failed.RetryAfter is { } wait ? (long)wait.TotalMilliseconds : null,
        },
        _ => new() { ["kind"] = error.GetType().Name },
    };

    private static LatchkeyClientOptions OptionsOf(TableCall call)
    {
        LatchkeyClientOptions options = new()
        {
            BaseUrl = call.Url,
            ApiKey = call.Credential ?? "",
            Timeout = call.Timeout ?? s_generous,
            MaxRetries = 0,
        };
        if (call.Retry is not { } retry) return options;
        options.MaxRetries = 3;
        options.RetryDelay = TimeSpan.FromMilliseconds(retry["initialMs"]!.GetValue<int>());
        options.MaxRetryDelay = TimeSpan.FromMilliseconds(retry["maxMs"]!.GetValue<int>());
        return options;
    }

    // By the constructors that a program uses, and not by reading JSON, so that both directions are this SDK's own.
    private static CreateApiKeyRequest? CreateRequest(JsonObject? body) =>
        body is null
            ? null
            : new CreateApiKeyRequest(
                labels: Labels(body["labels"]),
                expiresAt: body["expiresAt"] is { } at ? long.Parse(at.ToString()) : null,
                apiKeyId: body["apiKeyId"] is { } id ? Guid.Parse(id.ToString()) : null);

    private static UpdateApiKeyRequest? UpdateRequest(JsonObject? body) =>
        body is null
            ? null
            : new UpdateApiKeyRequest(
                status: body["status"] is { } word ? Enum.Parse<UpdateApiKeyRequest.StatusEnum>(word.ToString()) : null,
                replaceLabels: Labels(body["replaceLabels"]),
                mergeLabels: Labels(body["mergeLabels"]));

    private static Dictionary<string, string>? Labels(JsonNode? node) =>
        node?.AsObject().ToDictionary(label => label.Key, label => label.Value!.ToString());

    private static JsonNode? Wire(object model) => Parsed((string)model.GetType().GetMethod("ToJson")!.Invoke(model, null)!);

    private static JsonNode? Parsed(string json) => JsonNode.Parse(json);
}

/// <summary>One call of a case, with everything filled in.</summary>
public sealed record TableCall(
    string Name,
    string Url,
    string? Credential,
    JsonObject Input,
    TimeSpan? Timeout,
    JsonObject? Retry,
    CancellationToken Cancellation)
{
    public JsonObject? Body => Input["body"]?.AsObject();

    public string? Text(string name) => Input[name]?.ToString();

    public T BodyAs<T>() => Body.Deserialize<T>(NativeJson.Options)!;
}
