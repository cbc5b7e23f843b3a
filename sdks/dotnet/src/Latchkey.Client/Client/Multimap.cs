using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;

namespace Latchkey.Client.Client;

/// <summary>Names with one or more values each, such as HTTP headers.</summary>
/// <typeparam name="TKey">The type of the names.</typeparam>
/// <typeparam name="TValue">The type of a value.</typeparam>
public class Multimap<TKey, TValue> : IDictionary<TKey, IList<TValue>>
    where TKey : notnull
{
    private readonly Dictionary<TKey, IList<TValue>> _entries;

    /// <summary>Makes an empty map. Where the names are strings, their case does not matter.</summary>
    public Multimap()
        : this(typeof(TKey) == typeof(string) ? (IEqualityComparer<TKey>)StringComparer.OrdinalIgnoreCase : EqualityComparer<TKey>.Default)
    {
    }

    /// <summary>Makes an empty map.</summary>
    /// <param name="comparer">Says which names are the same.</param>
    public Multimap(IEqualityComparer<TKey> comparer) => _entries = new Dictionary<TKey, IList<TValue>>(comparer);

    /// <summary>How many names there are.</summary>
    public int Count => _entries.Count;

    /// <summary>False: names and values can be added.</summary>
    public bool IsReadOnly => false;

    /// <summary>The names.</summary>
    public ICollection<TKey> Keys => _entries.Keys;

    /// <summary>The lists of values, one per name.</summary>
    public ICollection<IList<TValue>> Values => _entries.Values;

    /// <summary>The values of a name.</summary>
    /// <param name="key">The name.</param>
    /// <exception cref="KeyNotFoundException">On reading a name that is not there.</exception>
    public IList<TValue> this[TKey key]
    {
        get => _entries[key];
        set => _entries[key] = value;
    }

    /// <summary>Adds one value to those of a name.</summary>
    /// <param name="key">The name.</param>
    /// <param name="value">One more value of it.</param>
    public void Add(TKey key, TValue value)
    {
        if (_entries.TryGetValue(key, out IList<TValue>? values)) values.Add(value);
        else _entries[key] = new List<TValue> { value };
    }

    /// <summary>Adds values to those of a name.</summary>
    /// <param name="key">The name.</param>
    /// <param name="value">More values of it.</param>
    public void Add(TKey key, IList<TValue> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        foreach (TValue one in value) Add(key, one);
    }

    /// <summary>Adds a name with its values.</summary>
    /// <param name="item">The name and the values.</param>
    public void Add(KeyValuePair<TKey, IList<TValue>> item) => Add(item.Key, item.Value);

    /// <summary>Adds everything of another map.</summary>
    /// <param name="multimap">The other map.</param>
    public void Add(Multimap<TKey, TValue> multimap)
    {
        ArgumentNullException.ThrowIfNull(multimap);
        foreach (KeyValuePair<TKey, IList<TValue>> entry in multimap) Add(entry);
    }

    /// <summary>Removes every name.</summary>
    public void Clear() => _entries.Clear();

    /// <summary>Whether a name is there with exactly this list.</summary>
    /// <param name="item">The name and the list.</param>
    /// <returns>True when it is.</returns>
    public bool Contains(KeyValuePair<TKey, IList<TValue>> item) =>
        ((ICollection<KeyValuePair<TKey, IList<TValue>>>)_entries).Contains(item);

    /// <summary>Whether a name is there.</summary>
    /// <param name="key">The name.</param>
    /// <returns>True when it is.</returns>
    public bool ContainsKey(TKey key) => _entries.ContainsKey(key);

    /// <summary>Copies the names with their lists.</summary>
    /// <param name="array">Where to.</param>
    /// <param name="arrayIndex">The first place that is written.</param>
    public void CopyTo(KeyValuePair<TKey, IList<TValue>>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<TKey, IList<TValue>>>)_entries).CopyTo(array, arrayIndex);

    /// <summary>Goes through the names.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<KeyValuePair<TKey, IList<TValue>>> GetEnumerator() => _entries.GetEnumerator();

    /// <summary>Removes a name with all its values.</summary>
    /// <param name="key">The name.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(TKey key) => _entries.Remove(key);

    /// <summary>Removes a name if it has exactly this list.</summary>
    /// <param name="item">The name and the list.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(KeyValuePair<TKey, IList<TValue>> item) =>
        ((ICollection<KeyValuePair<TKey, IList<TValue>>>)_entries).Remove(item);

    /// <summary>The values of a name, if it is there.</summary>
    /// <param name="key">The name.</param>
    /// <param name="value">Its values.</param>
    /// <returns>Whether it is there.</returns>
    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out IList<TValue> value) => _entries.TryGetValue(key, out value);

    /// <summary>One line per value, as HTTP writes headers.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        string.Join('\n', _entries.SelectMany(entry => entry.Value.Select(value => $"{entry.Key}: {value}")));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
