using System;
using System.Linq;
using System.Threading.Tasks;
using Latchkey.Client.Api;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The calls on users and on the server itself. What they send and read is in the table of wire cases too.</summary>
public sealed class UsersAndSystemTests
{
    private const string Secret = "lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq";

    private const string User = """
        {"userId":"u","email":"a@b.example","displayName":"A","username":null,"createdAt":1,"updatedAt":2}
        """;

    private const string Fresh = $$"""{"alreadyInitialized":false,"message":"m","rootApiKey":"{{Secret}}","userId":"u"}""";

    [Fact]
    public async Task A_user_is_asked_for_by_id_by_address_and_as_the_caller()
    {
        using TestServer server = new(new Answer(200, User));
        using UsersApi users = new(APIKeysApiTests.WithKey(server));
        UserResponse user = users.GetUser("a/b");
        await users.GetUserAsync("u");
        users.GetUserByEmail("a+c@b.example");
        users.GetCurrentUser();
        Assert.Equal(200, (int)(await users.GetCurrentUserWithHttpInfoAsync()).StatusCode);
        Assert.Equal(("u", "a@b.example", "A", null, 1, 2), (user.UserId, user.Email, user.DisplayName, user.Username, user.CreatedAt, user.UpdatedAt));
        Assert.Equal(
            ["/v1/users/a%2Fb", "/v1/users/u", "/v1/users/email/a%2Bc%40b.example", "/v1/users/me", "/v1/users/me"],
            server.Requests.Select(one => one.Path));
        Assert.All(server.Requests, one => Assert.Equal(("GET", "application/json"), (one.Method, one.Header("Accept"))));
        Assert.All(server.Requests, one => Assert.NotNull(one.Header("x-api-key")));
    }

    [Theory]
    [InlineData("userId")]
    [InlineData("email")]
    [InlineData("displayName")]
    [InlineData("createdAt")]
    [InlineData("updatedAt")]
    public void A_user_without_a_member_that_is_always_there_is_none(string member)
    {
        using TestServer server = new(new Answer(200, User.Replace($"\"{member}\"", "\"x\"")));
        using UsersApi users = new(server.Url);
        ApiException error = Assert.Throws<ApiException>(() => users.GetCurrentUser());
        Assert.Equal(200, error.ErrorCode);
        Assert.Contains(member, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_argument_that_is_missing_is_told_before_anything_is_sent()
    {
        using TestServer server = new(new Answer(200, User));
        using UsersApi users = new(server.Url);
        Assert.Equal("Missing required parameter 'id' when calling UsersApi->GetUser", Assert.Throws<ApiException>(() => users.GetUser(null!)).Message);
        Assert.Equal("Missing required parameter 'email' when calling UsersApi->GetUserByEmail", Assert.Throws<ApiException>(() => users.GetUserByEmail("")).Message);
        Assert.Equal(400, Assert.Throws<ApiException>(() => users.GetUser("..")).ErrorCode);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task The_system_is_asked_and_set_up_without_a_key_and_without_a_body()
    {
        using TestServer server = new((request, _) => new Answer(200, request.Method == "GET" ? """{"version":"1.2.3","build":{"commit":"c"}}""" : Fresh));
        Configuration configuration = new() { BasePath = server.Url, AccessToken = "token" };
        configuration.AddApiKey("x-api-key", "key");
        using SystemApi system = new(configuration);
        SystemInfoResponse info = await system.GetSystemInfoAsync();
        Assert.Equal(("1.2.3", "c"), (info.Version, info.AdditionalProperties!["build"].GetProperty("commit").GetString()));
        SystemInitResponse made = system.InitializeSystem();
        Assert.Equal((false, Secret, "u"), (made.AlreadyInitialized, made.RootApiKey, made.UserId));
        Assert.Equal(["GET /v1/system/info ", "POST /v1/system/init "], server.Requests.Select(one => $"{one.Method} {one.Path} {one.Body}"));
        Assert.All(server.Requests, one => Assert.Equal((null, null), (one.Header("x-api-key"), one.Header("Authorization"))));
    }

    [Theory]
    [InlineData("""{"message":"m"}""")]
    [InlineData("""{"alreadyInitialized":true}""")]
    [InlineData("""{"alreadyInitialized":false,"message":"m"}""")]
    [InlineData("""{"alreadyInitialized":false,"message":"m","rootApiKey":"","userId":"u"}""")]
    [InlineData("[]")]
    public void A_set_up_that_does_not_say_what_became_of_it_is_none(string body)
    {
        using TestServer server = new(new Answer(200, body));
        using SystemApi system = new(server.Url);
        Assert.Equal(200, Assert.Throws<ApiException>(() => system.InitializeSystem()).ErrorCode);
    }

    [Fact]
    public void A_set_up_is_not_tried_twice_and_its_secret_is_not_printed()
    {
        using TestServer server = new((_, before) => before == 0 ? new Answer(503) : new Answer(200, Fresh));
        using SystemApi system = new(server.Url);
        Assert.Equal(503, Assert.Throws<ApiException>(() => system.InitializeSystem()).ErrorCode);
        SystemInitResponse made = system.InitializeSystem();
        Assert.DoesNotContain(Secret[10..], made.ToString(), StringComparison.Ordinal);
        Assert.Contains(Secret, made.ToJson(), StringComparison.Ordinal);
        Assert.Equal(made, system.InitializeSystem());
    }
}
