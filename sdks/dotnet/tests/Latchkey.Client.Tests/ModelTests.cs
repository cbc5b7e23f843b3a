using System;
using System.Collections.Generic;
using System.ComponentModel.DataAnnotations;
using System.Linq;
using System.Text.Json;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

public sealed class ModelTests
{
    private const string Secret = "lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq";

    internal const string Key = """
        {"apiKeyId":"7d9f0c1e-2b3a-4c5d-8e6f-0123456789ab","userId":"u","keyPrefix":"lk_00000","status":"ACTIVE",
         "labels":{"env":"test"},"expiresAt":4070908800000,"lastUsedAt":null,"createdAt":1,"updatedAt":2,
         "createdById":"c","updatedById":"d"}
        """;

    [Fact]
    public void A_request_without_values_sends_no_member()
    {
        Assert.Equal("{}", JsonOf(new CreateApiKeyRequest()));
        Assert.Equal("{}", JsonOf(new UpdateApiKeyRequest()));
    }

    [Fact]
    public void A_request_sends_what_it_was_given_under_the_wire_names()
    {
        Guid id = Guid.Parse("7D9F0C1E-2B3A-4C5D-8E6F-0123456789AB");
        CreateApiKeyRequest create = new(new Dictionary<string, string> { ["env"] = "test" }, 4070908800000, id);
        Assert.Equal(
            """{"labels":{"env":"test"},"expiresAt":4070908800000,"apiKeyId":"7d9f0c1e-2b3a-4c5d-8e6f-0123456789ab"}""",
            JsonOf(create));
        UpdateApiKeyRequest update = new(UpdateApiKeyRequest.StatusEnum.INACTIVE, mergeLabels: new() { ["a"] = "b" });
        Assert.Equal("""{"status":"INACTIVE","mergeLabels":{"a":"b"}}""", JsonOf(update));
        Assert.Equal(
            """{"status":"STATUS_UNSPECIFIED"}""",
            JsonOf(new UpdateApiKeyRequest(UpdateApiKeyRequest.StatusEnum.STATUSUNSPECIFIED)));
    }

    [Fact]
    public void Every_member_of_a_key_is_read()
    {
        ApiKeyResponse key = Read<ApiKeyResponse>(Key);
        Assert.Equal("7d9f0c1e-2b3a-4c5d-8e6f-0123456789ab", key.ApiKeyId);
        Assert.Equal(("u", "lk_00000", "c", "d"), (key.UserId, key.KeyPrefix, key.CreatedById, key.UpdatedById));
        Assert.Equal(ApiKeyResponse.StatusEnum.ACTIVE, key.Status);
        Assert.Equal("test", key.Labels["env"]);
        Assert.Equal((4070908800000, null, 1, 2), (key.ExpiresAt, key.LastUsedAt, key.CreatedAt, key.UpdatedAt));
    }

    [Fact]
    public void A_number_may_come_as_text_and_unknown_members_are_passed_over()
    {
        string text = Key.Replace("4070908800000", "\"4070908800000\"").Replace("\"userId\"", "\"ceiling\":[1],\"userId\"");
        Assert.Equal(4070908800000, Read<ApiKeyResponse>(text).ExpiresAt);
    }

    [Fact]
    public void A_status_that_nobody_knows_is_read_and_kept()
    {
        ApiKeyResponse key = Read<ApiKeyResponse>(Key.Replace("ACTIVE", "PAUSED"));
        Assert.Null(key.Status);
        Assert.Equal("PAUSED", key.StatusText);
        Assert.Contains("\"PAUSED\"", key.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apiKeyId")]
    [InlineData("userId")]
    [InlineData("keyPrefix")]
    [InlineData("status")]
    [InlineData("labels")]
    [InlineData("createdAt")]
    [InlineData("updatedAt")]
    [InlineData("createdById")]
    [InlineData("updatedById")]
    public void A_key_without_a_member_that_is_always_there_is_none(string member)
    {
        string text = $"{{\"keys\":[{Key.Replace($"\"{member}\"", "\"x\"")}]}}";
        JsonException error = Assert.Throws<JsonException>(() => Read<ListApiKeysResponse>(text));
        Assert.Contains(member, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"keys\":null}")]
    [InlineData("{\"keys\":[null]}")]
    [InlineData("{\"keys\":{}}")]
    [InlineData("<html></html>")]
    [InlineData("")]
    public void What_is_no_list_of_keys_is_refused(string text) =>
        Assert.Throws<JsonException>(() => Read<ListApiKeysResponse>(text));

    [Fact]
    public void A_secret_is_in_the_json_and_never_in_the_text()
    {
        CreateApiKeyResponse created = Read<CreateApiKeyResponse>($"{{\"apiKeyMetadata\":{Key},\"rawApiKey\":\"{Secret}\"}}");
        Assert.Equal(Secret, created.RawApiKey);
        Assert.Contains(Secret, created.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret[10..], created.ToString(), StringComparison.Ordinal);
        Assert.Contains("RawApiKey: lk_003...tQq", created.ToString(), StringComparison.Ordinal);
        Assert.Contains("RawApiKey: ...", new CreateApiKeyResponse(created.ApiKeyMetadata, "lk_shortone").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_reads_its_own_json_and_is_equal_then()
    {
        ApiKeyResponse key = Read<ApiKeyResponse>(Key);
        ApiKeyResponse again = Read<ApiKeyResponse>(key.ToJson());
        Assert.Equal(key, again);
        Assert.Equal(key.GetHashCode(), again.GetHashCode());
        Assert.Equal(new ListApiKeysResponse([key]), new ListApiKeysResponse([again]));
        Assert.Equal(new ListApiKeysResponse([key]).GetHashCode(), new ListApiKeysResponse([again]).GetHashCode());
        Assert.NotEqual(new ListApiKeysResponse([key]), new ListApiKeysResponse([key, key]));
        again.Labels["env"] = "other";
        Assert.NotEqual(key, again);
    }

    [Fact]
    public void The_order_of_labels_does_not_matter()
    {
        CreateApiKeyRequest one = new(new() { ["a"] = "1", ["b"] = "2" });
        CreateApiKeyRequest other = new(new() { ["b"] = "2", ["a"] = "1" });
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, new CreateApiKeyRequest(new() { ["a"] = "1", ["c"] = "2" }));
        Assert.False(one.Equals(null));
    }

    [Fact]
    public void Labels_are_either_replaced_or_merged()
    {
        UpdateApiKeyRequest both = new(replaceLabels: new(), mergeLabels: new());
        ValidationResult wrong = Assert.Single(((IValidatableObject)both).Validate(new ValidationContext(both)));
        Assert.Equal(["ReplaceLabels", "MergeLabels"], wrong.MemberNames);
        UpdateApiKeyRequest fine = new(replaceLabels: new());
        Assert.Empty(((IValidatableObject)fine).Validate(new ValidationContext(fine)));
    }

    [Fact]
    public void Newtonsoft_writes_and_reads_the_models_as_the_wire_has_them()
    {
        Guid id = Guid.Parse("7D9F0C1E-2B3A-4C5D-8E6F-0123456789AB");
        ApiKeyResponse key = Read<ApiKeyResponse>(Key);
        object[] models =
        [
            key,
            Read<ApiKeyResponse>(Key.Replace("ACTIVE", "PAUSED")),
            new CreateApiKeyRequest(),
            new CreateApiKeyRequest(new() { ["env"] = "test" }, 4070908800000, id),
            new UpdateApiKeyRequest(),
            new UpdateApiKeyRequest(UpdateApiKeyRequest.StatusEnum.STATUSUNSPECIFIED, mergeLabels: new() { ["a"] = "b" }),
            new UpdateApiKeyRequest(UpdateApiKeyRequest.StatusEnum.INACTIVE, replaceLabels: new()),
            new CreateApiKeyResponse(key, Secret),
            new ListApiKeysResponse([key, key]),
            new UserResponse("u", "a@b.example", "A", "a", 1, 0),
            new SystemInitResponse(false, "m", Secret, "u"),
        ];
        foreach (object model in models)
        {
            string text = Newtonsoft.Json.JsonConvert.SerializeObject(model);
            Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(JsonOf(model)), System.Text.Json.Nodes.JsonNode.Parse(text)), text);
            Assert.Equal(model, Newtonsoft.Json.JsonConvert.DeserializeObject(text, model.GetType()));
        }
    }

    [Fact]
    public void Types_of_the_caller_are_read_and_written_too()
    {
        using TestServer server = new((request, _) => new Answer(200, request.Body));
        using ApiClient client = new(server.Url);
        Widget widget = client.Post<Widget>("/v1/widgets", new RequestOptions { Data = new Widget(1, "a") }).Data;
        Assert.Equal(new Widget(1, "a"), widget);
    }

    [Fact]
    public void A_text_shows_every_member()
    {
        string text = Read<ApiKeyResponse>(Key).ToString();
        string[] names = typeof(ApiKeyResponse).GetProperties().Select(one => one.Name).Where(name => name != "StatusText").ToArray();
        Assert.Equal(11, names.Length);
        Assert.All(names, name => Assert.Contains($"  {name}: ", text, StringComparison.Ordinal));
        Assert.StartsWith("class ApiKeyResponse {", text, StringComparison.Ordinal);
    }

    private static T Read<T>(string text) => ModelJson.Read<T>(System.Text.Encoding.UTF8.GetBytes(text))!;

    private sealed record Widget(int Id, string? Name);

    private static string JsonOf(object model) => System.Text.Encoding.UTF8.GetString(ModelJson.Write(model));
}
