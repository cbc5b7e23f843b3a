using System;
using System.Linq;
using System.Text;

namespace Latchkey.Client.Rules;

/// <summary>What a text looks like.</summary>
public enum SecretShape
{
    /// <summary>It may only be a key that was imported.</summary>
    Other,

    /// <summary>It has a key's shape and the right checksum.</summary>
    Valid,

    /// <summary>It has the shape and is no key.</summary>
    BadChecksum,
}

/// <summary>Tells slips of the pen and finds keys in texts; whether a key may be used only the server knows.</summary>
public static class Secrets
{
    private const int PrefixCharsMax = 16;
    private const int RandomChars = 43;
    private const int ChecksumChars = 6;
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>What a text looks like, by its shape and checksum.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Its shape.</returns>
    public static SecretShape ShapeOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int split = text.Length - RandomChars - ChecksumChars - 1;
        if (split is < 1 or > PrefixCharsMax || text[split] != '_') return SecretShape.Other;
        bool fits = text[(split + 1)..].All(char.IsAsciiLetterOrDigit)
            && text[..split].All(one => one == '_' || char.IsAsciiLetterOrDigit(one))
            && text[0] != '_'
            && text[split - 1] != '_';
        if (!fits) return SecretShape.Other;
        string checksum = text[^ChecksumChars..];
        return ChecksumOf(text[..^ChecksumChars]) == checksum ? SecretShape.Valid : SecretShape.BadChecksum;
    }

    // CRC-32 of the text, as of gzip, as six digits of base 62.
    private static string ChecksumOf(string text)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in Encoding.ASCII.GetBytes(text))
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        char[] digits = new char[ChecksumChars];
        uint rest = ~crc;
        for (int index = ChecksumChars - 1; index >= 0; index--)
        {
            digits[index] = Digits[(int)(rest % 62)];
            rest /= 62;
        }

        return new string(digits);
    }
}
