using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>What the table of wire cases cannot say of the calls on records.</summary>
public sealed class RecordTests
{
    private static readonly DateTimeOffset s_local = new(2030, 1, 2, 4, 4, 5, 678, TimeSpan.FromHours(1));

    public static TheoryData<string, object> Changes => new()
    {
        { "{}", new UpdateKey() },
        { """{"name":""}""", new UpdateKey { Name = "" } },
        { """{"name":null}""", new UpdateKey { Name = Change<string>.Clear } },
        { """{"disabled":false}""", new UpdateKey { Disabled = false } },
        { """{"permissions":[]}""", new UpdateKey { Permissions = Change<IReadOnlyList<string>>.To([]) } },
        { """{"limits":{"daily":"5","total":null}}""", new UpdateKey { Limits = new LimitChanges { Daily = 5m, Total = Change<decimal>.Clear } } },
        { """{"labels":{"a":"b","c":null}}""", new UpdateKey { Labels = new Dictionary<string, string?> { ["a"] = "b", ["c"] = null } } },
        { """{"expiresAt":"2030-01-02T03:04:05.678Z"}""", new UpdateKey { ExpiresAt = s_local } },
        { """{"amount":"1","until":"2030-01-02T03:04:05.678Z"}""", new SetBoost { Amount = 1m, Until = s_local } },
        { """{"policy":{"keyLifetime":"90d"}}""", new UpdateUser { Policy = new GrantPolicyChanges { KeyLifetime = TimeSpan.FromDays(90) } } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_tells_what_stays_from_what_goes(string wanted, object request)
    {
        byte[] written = request switch
        {
            UpdateKey key => NativeJson.Write(key),
            UpdateUser user => NativeJson.Write(user),
            _ => NativeJson.Write((SetBoost)request),
        };
        Assert.Equal(wanted, Encoding.UTF8.GetString(written));
    }

    [Fact]
    public void Changes_are_equal_where_they_do_the_same()
    {
        Change<string> set = "a";
        Assert.True(set == Change<string>.To("a"));
        Assert.True(Change<string>.Clear == Change<string>.To(null!) && Change<string>.Clear != default);
        Assert.True(set.TryGet(out string? value) && value == "a" && set.GetHashCode() == Change<string>.To("a").GetHashCode());
        Assert.False(Change<string>.Clear.TryGet(out _) || default(Change<string>).IsSet);
    }

    [Fact]
    public async Task A_name_of_a_record_never_means_the_own_key()
    {
        using TestServer server = new(new Answer(200, "{}"));
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k" });
        KeysClient keys = client.Keys;
        foreach (string name in new[] { "self", "", ".", ".." })
        {
            Func<Task>[] calls =
            [
                () => keys.GetAsync(name), () => keys.UpdateAsync(name, new UpdateKey()), () => keys.RevokeAsync(name), () => keys.RotateAsync(name, new RotateKey()),
                () => keys.EndOverlapAsync(name), () => keys.EndBoostAsync(name, LimitWindows.Daily), () => keys.ThresholdsAsync(name), () => keys.VerificationsAsync(name),
            ];
            foreach (Func<Task> call in calls) await Assert.ThrowsAnyAsync<ArgumentException>(call);
        }

        await Assert.ThrowsAnyAsync<ArgumentException>(() => client.Users.DeleteAsync(".."));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => client.Workspaces.Members.RemoveAsync("w", ""));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_list_is_read_no_further_than_it_is_gone_through()
    {
        const string Member = """{"userId":"u","username":"n","displayName":"","standing":"member","joinedAt":"2030-01-02T03:04:05.000Z","addedById":null}""";
        using TestServer server = new((_, before) => new Answer(200, $$"""{"data":[{{Member}},{{Member}}],"nextCursor":"c{{before}}"}"""));
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k" });
        int seen = 0;
        await foreach (Member member in client.Workspaces.Members.ListAsync("w", new PageQuery { Limit = 2 }))
        {
            Assert.Equal("u", member.UserId);
            if (++seen == 3) break;
        }

        Assert.Equal(["/v2/workspaces/w/members?limit=2", "/v2/workspaces/w/members?limit=2&cursor=c0"], server.Requests.Select(one => one.Path));
        using CancellationTokenSource ended = new();
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Key key in client.Keys.ListAsync(cancellationToken: ended.Token)) Assert.Fail(key.Id);
        });
    }

    [Fact]
    public async Task An_answer_about_a_record_tells_how_it_came()
    {
        const string Body = """{"data":[],"nextCursor":null,"accepted":1,"duplicates":0,"conflicts":[]}""";
        using TestServer server = new(new Answer(200, Body) { Headers = { ["X-Request-Id"] = "req-4711" } });
        using LatchkeyClient client = new(new LatchkeyClientOptions { BaseUrl = server.Url, ApiKey = "k" });
        ResponseInfo page = (await client.Users.ListPageAsync()).Response!;
        Assert.Equal(("req-4711", 200, 1), (page.RequestId, page.Status, page.Tries));
        Assert.Equal("req-4711", (await client.Usage.ReportAsync([])).Response!.RequestId);
    }

    [Fact]
    public async Task A_double_takes_the_place_of_a_group_of_calls()
    {
        KeysClient keys = new OneKey();
        Assert.Equal("k", (await keys.GetAsync("k")).Id);
    }

    private sealed class OneKey : KeysClient
    {
        public override Task<Key> GetAsync(string id, CancellationToken cancellationToken = default) => Task.FromResult(new Key { Id = id });
    }
}
