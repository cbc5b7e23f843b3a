using System;
using System.Collections.Generic;
using System.Net;
using System.Threading;
using Latchkey.Client.Client;
using Xunit;

namespace Latchkey.Client.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void The_defaults_are_those_of_the_client_it_takes_the_place_of()
    {
        Configuration configuration = new();
        Assert.Equal("http://localhost:8080", configuration.BasePath);
        Assert.Equal(TimeSpan.FromSeconds(100), configuration.Timeout);
        Assert.Equal("http://localhost:8080", configuration.GetServerUrl(0));
        Assert.Throws<InvalidOperationException>(() => configuration.GetServerUrl(1));
        Assert.StartsWith("Latchkey.Client/0.1.0", configuration.UserAgent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:8080/", "http://localhost:8080")]
    [InlineData("https://keys.example.com/prefix//", "https://keys.example.com/prefix")]
    public void Slashes_at_the_end_of_the_base_path_do_not_matter(string given, string kept) =>
        Assert.Equal(kept, new Configuration { BasePath = given }.BasePath);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("localhost:8080")]
    [InlineData("/v1")]
    [InlineData("ftp://localhost")]
    [InlineData("http://localhost?a=b")]
    [InlineData("http://localhost#a")]
    [InlineData("http://user@localhost")]
    public void What_is_no_address_is_refused_at_once(string? basePath) =>
        Assert.Throws<ArgumentException>(() => new Configuration { BasePath = basePath! });

    [Fact]
    public void A_time_out_must_be_one()
    {
        Configuration configuration = new() { Timeout = Timeout.InfiniteTimeSpan };
        Assert.Equal(Timeout.InfiniteTimeSpan, configuration.Timeout);
        Assert.Throws<ArgumentOutOfRangeException>(() => configuration.Timeout = TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>(() => configuration.Timeout = TimeSpan.FromSeconds(-3));
        Assert.Throws<ArgumentOutOfRangeException>(() => configuration.Timeout = TimeSpan.MaxValue);
    }

    [Fact]
    public void A_key_is_found_whatever_the_case_of_its_header_and_after_its_prefix()
    {
        Configuration configuration = new();
        Assert.Null(configuration.GetApiKeyWithPrefix("x-api-key"));
        configuration.AddApiKey("X-Api-Key", "secret");
        Assert.Equal("secret", configuration.GetApiKeyWithPrefix("x-api-key"));
        configuration.AddApiKeyPrefix("x-api-key", "Bearer");
        Assert.Equal("Bearer secret", configuration.GetApiKeyWithPrefix("x-api-key"));
        configuration.ApiKey = new Dictionary<string, string> { ["X-API-KEY"] = "other" };
        Assert.Equal("Bearer other", configuration.GetApiKeyWithPrefix("x-api-key"));
    }

    [Fact]
    public void The_second_settings_win()
    {
        Configuration first = new() { BasePath = "http://first", AccessToken = "first", Username = "first", Proxy = new WebProxy("http://p:1") };
        first.AddDefaultHeader("a", "first");
        first.AddDefaultHeader("b", "first");
        Configuration second = new() { BasePath = "http://second", Timeout = TimeSpan.FromSeconds(1), AccessToken = "second" };
        second.AddDefaultHeader("A", "second");
        IReadableConfiguration merged = Configuration.MergeConfigurations(first, second);
        Assert.Equal(("http://second", TimeSpan.FromSeconds(1), "second", "first"), (merged.BasePath, merged.Timeout, merged.AccessToken, merged.Username));
        Assert.Equal(("second", "first"), (merged.DefaultHeaders["a"], merged.DefaultHeaders["b"]));
        Assert.Same(first.Proxy, merged.Proxy);
        Assert.Same(first, Configuration.MergeConfigurations(first, null));
    }

    [Fact]
    public void A_key_of_the_second_settings_takes_the_place_of_one_that_the_first_give_in_the_other_way()
    {
        Configuration byKey = new();
        byKey.AddApiKey("x-api-key", "by key");
        Configuration byHeader = new();
        byHeader.AddDefaultHeader("X-API-Key", "by header");
        IReadableConfiguration merged = Configuration.MergeConfigurations(byKey, byHeader);
        Assert.Null(merged.GetApiKeyWithPrefix("x-api-key"));
        Assert.Equal("by header", merged.DefaultHeaders["x-api-key"]);
        merged = Configuration.MergeConfigurations(byHeader, byKey);
        Assert.Equal("by key", merged.GetApiKeyWithPrefix("x-api-key"));
        Assert.False(merged.DefaultHeaders.ContainsKey("x-api-key"));
    }

    [Fact]
    public void Merged_settings_do_not_change_with_those_they_were_made_of()
    {
        Configuration second = new();
        IReadableConfiguration merged = Configuration.MergeConfigurations(new Configuration(), second);
        second.AddApiKey("x-api-key", "late");
        Assert.Null(merged.GetApiKeyWithPrefix("x-api-key"));
    }

    [Fact]
    public void A_debug_report_names_versions_and_no_key()
    {
        string report = Configuration.ToDebugReport();
        Assert.Contains("SDK Package Version: 0.1.0", report, StringComparison.Ordinal);
        Assert.Contains(Environment.NewLine, report, StringComparison.Ordinal);
    }

    [Fact]
    public void The_old_name_of_the_default_headers_still_works()
    {
        Configuration configuration = new();
#pragma warning disable CS0618 // What programs that were written long ago use.
        configuration.DefaultHeader["x-api-key"] = "secret";
#pragma warning restore CS0618
        Assert.Equal("secret", configuration.DefaultHeaders["x-api-key"]);
    }

    [Fact]
    public void Headers_are_found_whatever_their_case_and_a_missing_one_is_told()
    {
        Multimap<string, string> headers = new();
        headers.Add("Location", "/a");
        headers.Add("location", "/b");
        Assert.Equal(["/a", "/b"], headers["LOCATION"]);
        Assert.Throws<KeyNotFoundException>(() => headers["Nothing"]);
        Assert.Equal("Location: /a\nLocation: /b", headers.ToString());
        Assert.True(headers.ContainsKey("lOcation"));
        Assert.True(headers.Remove("LOCATION"));
        Assert.Empty(headers);
    }
}
