using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.Json;
using Latchkey.Client.Incoming;
using Latchkey.Client.Rules;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The rules by the rows that all SDKs share (docs/sdk-cases.md).</summary>
public sealed class RulesTests
{
    private static readonly Lazy<JsonElement> s_rules = new(() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(ReadmePrograms.Root(), "../../test/sdk-cases.json"))).RootElement.GetProperty("rules"));

    [Fact]
    public void Permission_expressions_are_read_and_what_is_none_is_refused()
    {
        foreach (JsonElement row in Rows("permissions"))
        {
            bool met = PermissionExpression.Parse(Text(row, "demand")).IsMetBy(Texts(row, "held"));
            Assert.True(met == row.GetProperty("met").GetBoolean(), row.ToString());
        }

        foreach (JsonElement row in Rows("notPermissions"))
        {
            Assert.False(PermissionExpression.TryParse(row.GetString()!, out _), row.ToString());
            string said = Assert.Throws<FormatException>(() => PermissionExpression.Parse(row.GetString()!)).Message;
            Assert.InRange(said.Length, 10, 500);
        }
    }

    [Fact]
    public void Addresses_are_found_in_lists_and_what_is_no_block_is_refused()
    {
        foreach (JsonElement row in Rows("addresses"))
        {
            bool inside = AddressList.Parse(Texts(row, "blocks")).Contains(Text(row, "address"));
            Assert.True(inside == row.GetProperty("inside").GetBoolean(), row.ToString());
        }

        foreach (JsonElement row in Rows("blocks"))
        {
            Assert.True(AddressList.IsBlock(Text(row, "block")) == row.GetProperty("valid").GetBoolean(), row.ToString());
        }

        Assert.Throws<FormatException>(() => AddressList.Parse(["10.0.0.0/8", "0x7f.1"]));
    }

    [Fact]
    public void Life_windows_and_secrets_are_told()
    {
        foreach (JsonElement row in Rows("life"))
        {
            KeyLife life = row.GetProperty("key").Deserialize<KeyLife>(new JsonSerializerOptions(JsonSerializerDefaults.Web))!;
            DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(row.GetProperty("at").GetInt64());
            Assert.True(life.StatusAt(at) == Text(row, "status"), row.ToString());
        }

        foreach (JsonElement row in Rows("windows"))
        {
            LimitPeriod period = LimitPeriod.At(Text(row, "window"), row.GetProperty("at").GetDateTimeOffset());
            DateTimeOffset? end = row.GetProperty("end").ValueKind == JsonValueKind.Null ? null : row.GetProperty("end").GetDateTimeOffset();
            Assert.True(period.Start == row.GetProperty("start").GetDateTimeOffset() && period.End == end, row.ToString());
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => LimitPeriod.At("yearly", DateTimeOffset.UnixEpoch));
        foreach (JsonElement row in Rows("secrets"))
        {
            string shape = Secrets.ShapeOf(Text(row, "text")) switch
            {
                SecretShape.Valid => "valid",
                SecretShape.BadChecksum => "bad_checksum",
                _ => "other",
            };
            Assert.True(shape == Text(row, "shape"), $"{row}: {shape}");
        }
    }

    [Fact]
    public void The_client_is_found_behind_proxies()
    {
        TrustedProxies proxies = TrustedProxies.Parse(string.Join(", ", s_rules.Value.GetProperty("proxies").EnumerateArray()));
        foreach (JsonElement row in Rows("clients"))
        {
            string? peer = row.GetProperty("peer").GetString();
            string? header = row.GetProperty("forwardedFor").GetString();
            IPAddress? client = proxies.ClientAddress(peer is null ? null : IPAddress.Parse(peer), header is null ? null : [header]);
            Assert.True(client?.ToString() == row.GetProperty("client").GetString(), $"{row}: {client}");
        }

        Assert.Equal("198.51.100.1", proxies.ClientAddress(IPAddress.Parse("10.0.0.1"), ["198.51.100.1", "10.0.0.2"])!.ToString());
        Assert.Throws<FormatException>(() => TrustedProxies.Parse("10.0.0.0/8, everybody"));
    }

    private static JsonElement[] Rows(string name)
    {
        JsonElement[] rows = [.. s_rules.Value.GetProperty(name).EnumerateArray()];
        Assert.True(rows.Length >= 10, $"{rows.Length} rows of {name}");
        return rows;
    }

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;

    private static string[] Texts(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(one => one.GetString()!)];
}
