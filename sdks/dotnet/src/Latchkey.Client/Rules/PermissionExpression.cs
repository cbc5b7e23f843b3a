using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text.RegularExpressions;

namespace Latchkey.Client.Rules;

/// <summary>
/// A demand such as <c>a.read and (b.write or not c)</c>, read once to ask it of many. It decides as a server does, but only a
/// server knows what a key holds.
/// </summary>
public sealed partial class PermissionExpression
{
    // The bounds of the server.
    private const int CharsMax = 1024;
    private const int TermsMax = 64;
    private const int PermissionCharsMax = 128;

    private static readonly string[] s_operators = ["and", "or", "not"];

    private readonly Func<IReadOnlyCollection<string>, bool> _isMet;

    private PermissionExpression(Func<IReadOnlyCollection<string>, bool> isMet) => _isMet = isMet;

    /// <summary>Reads a demand.</summary>
    /// <param name="demand">The text.</param>
    /// <returns>The expression.</returns>
    /// <exception cref="FormatException">It is none; the message says what is wrong.</exception>
    public static PermissionExpression Parse(string demand)
    {
        ArgumentNullException.ThrowIfNull(demand);
        if (demand.Length > CharsMax) throw new FormatException($"The expression is longer than {CharsMax} characters.");
        string[] words = [.. Words().Matches(demand).Select(match => match.Value)];
        if (words.Length > TermsMax) throw new FormatException($"The expression has more than {TermsMax} names and operators.");
        return new PermissionExpression(new Reader(words).Whole());
    }

    /// <summary>Reads a demand.</summary>
    /// <param name="demand">The text.</param>
    /// <param name="expression">The expression; null where it is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string demand, [NotNullWhen(true)] out PermissionExpression? expression)
    {
        try
        {
            expression = Parse(demand);
            return true;
        }
        catch (FormatException)
        {
            expression = null;
            return false;
        }
    }

    /// <summary>
    /// Whether somebody who holds these permissions meets the demand. A <c>*</c> of a held permission stands for one segment, and as
    /// the last one for one or more.
    /// </summary>
    /// <param name="held">What is held.</param>
    /// <returns>Whether it is met.</returns>
    public bool IsMetBy(IReadOnlyCollection<string> held)
    {
        ArgumentNullException.ThrowIfNull(held);
        return _isMet(held);
    }

    private static bool Gives(string[] pattern, string[] name)
    {
        bool open = pattern[^1] == "*";
        if (name.Length < pattern.Length || (!open && name.Length != pattern.Length)) return false;
        return pattern.Zip(name).All(pair => pair.First == "*" || pair.First == pair.Second);
    }

    // White space as the server has it.
    [GeneratedRegex("""[()]|[^()\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+""", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    [GeneratedRegex("""^[A-Za-z0-9_:-]+(?:\.[A-Za-z0-9_:-]+)*\z""", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    // Goes through the words: or binds less than and, and that less than not.
    private sealed class Reader(string[] words)
    {
        private int _next;

        internal Func<IReadOnlyCollection<string>, bool> Whole()
        {
            Func<IReadOnlyCollection<string>, bool> demand = Either();
            return _next == words.Length ? demand : throw Wrong("nothing");
        }

        private Func<IReadOnlyCollection<string>, bool> Either()
        {
            Func<IReadOnlyCollection<string>, bool> left = Both();
            while (Take("or"))
            {
                Func<IReadOnlyCollection<string>, bool> one = left;
                Func<IReadOnlyCollection<string>, bool> other = Both();
                left = held => one(held) || other(held);
            }

            return left;
        }

        private Func<IReadOnlyCollection<string>, bool> Both()
        {
            Func<IReadOnlyCollection<string>, bool> left = Single();
            while (Take("and"))
            {
                Func<IReadOnlyCollection<string>, bool> one = left;
                Func<IReadOnlyCollection<string>, bool> other = Single();
                left = held => one(held) && other(held);
            }

            return left;
        }

        private Func<IReadOnlyCollection<string>, bool> Single()
        {
            if (Take("not"))
            {
                Func<IReadOnlyCollection<string>, bool> denied = Single();
                return held => !denied(held);
            }

            if (Take("("))
            {
                Func<IReadOnlyCollection<string>, bool> inner = Either();
                return Take(")") ? inner : throw Wrong("\")\"");
            }

            string word = _next < words.Length ? words[_next] : "";
            bool isName = word.Length <= PermissionCharsMax && Name().IsMatch(word) && !s_operators.Contains(word.ToLowerInvariant());
            if (!isName) throw Wrong("a permission");
            _next++;
            string[] name = word.Split('.');
            return held => held.Any(pattern => Gives(pattern.Split('.'), name));
        }

        private bool Take(string word)
        {
            bool isThere = _next < words.Length && string.Equals(words[_next], word, StringComparison.OrdinalIgnoreCase);
            if (isThere) _next++;
            return isThere;
        }

        private FormatException Wrong(string expected)
        {
            string found = _next == words.Length ? "it ends" : $"there is \"{words[_next][..Math.Min(words[_next].Length, PermissionCharsMax)]}\"";
            return new FormatException($"The permission expression is wrong: {found} where {expected} was expected.");
        }
    }
}
