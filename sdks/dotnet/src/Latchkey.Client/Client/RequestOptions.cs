using System.Collections.Generic;
using System.Net;

namespace Latchkey.Client.Client;

/// <summary>What a call sends besides its method and path.</summary>
public class RequestOptions
{
    /// <summary>What stands in the path for <c>{name}</c>; escaped when it is put in.</summary>
    public Dictionary<string, string> PathParameters { get; set; } = new();

    /// <summary>The query of the address.</summary>
    public Multimap<string, string> QueryParameters { get; set; } = new();

    /// <summary>Headers of this call.</summary>
    public Multimap<string, string> HeaderParameters { get; set; } = new();

    /// <summary>Cookies of this call.</summary>
    public List<Cookie> Cookies { get; set; } = new();

    /// <summary>The body, which is sent as JSON; null sends none.</summary>
    public object? Data { get; set; }

    /// <summary>Set for the operations that need no key: those of the settings are not sent.</summary>
    internal bool IsAnonymous { get; init; }
}
