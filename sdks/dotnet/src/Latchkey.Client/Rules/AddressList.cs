using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;

namespace Latchkey.Client.Rules;

/// <summary>Single addresses and CIDR blocks, such as a key's <c>allowedIps</c> or your own load balancers.</summary>
public sealed class AddressList
{
    private readonly (byte[] Bytes, int Bits)[] _blocks;

    private AddressList(IEnumerable<(byte[] Bytes, int Bits)> blocks) => _blocks = [.. blocks];

    /// <summary>Reads a list.</summary>
    /// <param name="blocks">The addresses and blocks.</param>
    /// <returns>The list.</returns>
    /// <exception cref="FormatException">One of them is neither; the message names it.</exception>
    public static AddressList Parse(IEnumerable<string> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        return new AddressList(blocks.Select(text =>
            BlockOf(text) ?? throw new FormatException($"\"{text}\" is neither an IP address nor a CIDR block.")));
    }

    /// <summary>Whether a text is an address or a CIDR block.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsBlock(string text) => text is not null && BlockOf(text) is not null;

    /// <summary>
    /// Reads an address; null for anything else, octal and shortened forms included. IPv4 inside IPv6 (<c>::ffff:1.2.3.4</c>) is its
    /// IPv4 self, and a zone (<c>fe80::1%eth0</c>) is of no concern.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <returns>The address.</returns>
    public static IPAddress? AddressOf(string text) => text is not null && BytesOf(text) is { } bytes ? new IPAddress(Unmapped(bytes)) : null;

    /// <summary>Whether an address lies in one of them; never for a text that is none.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Whether it does.</returns>
    public bool Contains(string address) => AddressOf(address) is { } parsed && Contains(parsed);

    /// <summary>Whether an address lies in one of them.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Whether it does.</returns>
    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        byte[] bytes = Unmapped(address.GetAddressBytes());
        return Array.Exists(_blocks, block => IsIn(block, bytes));
    }

    private static bool IsIn((byte[] Bytes, int Bits) block, byte[] address)
    {
        if (block.Bytes.Length != address.Length) return false;
        for (int bit = 0; bit < block.Bits; bit += 8)
        {
            int differing = block.Bytes[bit / 8] ^ address[bit / 8];
            if (differing >> Math.Max(0, 8 - (block.Bits - bit)) != 0) return false;
        }

        return true;
    }

    private static (byte[] Bytes, int Bits)? BlockOf(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length > 2 || BytesOf(parts[0]) is not { } whole) return null;
        int bits = 8 * whole.Length;
        if (parts.Length == 2)
        {
            bool reads = parts[1].Length <= 3 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= bits;
            if (!reads) return null;
            bits = int.Parse(parts[1], CultureInfo.InvariantCulture);
        }

        return IsMapped(whole) && bits >= 96 ? (whole[12..], bits - 96) : (whole, bits);
    }

    // IPAddress reads much else beside: 1.2, 0x7f.1, 010.0.0.1, [::1]:80.
    private static byte[]? BytesOf(string text) => text.Contains(':') ? SixOf(text) : FourOf(text);

    private static byte[]? FourOf(string text)
    {
        string[] parts = text.Split('.');
        bool isOne = parts.Length == 4 && parts.All(part =>
            part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0') && int.Parse(part, CultureInfo.InvariantCulture) < 256);
        return isOne ? [.. parts.Select(part => byte.Parse(part, CultureInfo.InvariantCulture))] : null;
    }

    private static byte[]? SixOf(string text)
    {
        string[] zoned = text.Split('%');
        bool zoneReads = zoned.Length == 1
            || (zoned.Length == 2 && zoned[1].Length > 0 && zoned[1].All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or ':' or '-'));
        string[] halves = zoned[0].Split("::");
        if (!zoneReads || halves.Length > 2) return null;
        if (GroupsOf(halves[0], endsInFour: halves.Length == 1) is not { } left) return null;
        if (halves.Length == 1) return left.Count == 16 ? [.. left] : null;
        if (GroupsOf(halves[1], endsInFour: true) is not { } right) return null;
        int missing = 16 - left.Count - right.Count;
        // The two colons stand for one group at least.
        return missing < 2 ? null : [.. left, .. new byte[missing], .. right];
    }

    // The bytes of groups between colons, of which the last may be an IPv4 address.
    private static List<byte>? GroupsOf(string half, bool endsInFour)
    {
        List<byte> bytes = [];
        if (half.Length == 0) return bytes;
        string[] groups = half.Split(':');
        foreach ((string group, int index) in groups.Select((group, index) => (group, index)))
        {
            if (endsInFour && index == groups.Length - 1 && FourOf(group) is { } four)
            {
                bytes.AddRange(four);
                continue;
            }

            if (group.Length is 0 or > 4 || !group.All(char.IsAsciiHexDigit)) return null;
            int value = int.Parse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            bytes.Add((byte)(value >> 8));
            bytes.Add((byte)value);
        }

        return bytes;
    }

    private static byte[] Unmapped(byte[] bytes) => IsMapped(bytes) ? bytes[12..] : bytes;

    private static bool IsMapped(byte[] bytes) =>
        bytes.Length == 16 && bytes.AsSpan(0, 10).IndexOfAnyExcept((byte)0) < 0 && bytes[10] == 255 && bytes[11] == 255;
}
