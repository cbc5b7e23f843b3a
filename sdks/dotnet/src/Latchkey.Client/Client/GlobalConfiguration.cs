using System;
using System.Threading;

namespace Latchkey.Client.Client;

/// <summary>Settings for the whole process, which every API object starts from.</summary>
public class GlobalConfiguration : Configuration
{
    private static Configuration s_instance = new GlobalConfiguration();

    private GlobalConfiguration()
    {
    }

    /// <summary>The settings. An API object takes them when it is made; later changes do not reach it.</summary>
    public static Configuration Instance
    {
        get => Volatile.Read(ref s_instance);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Volatile.Write(ref s_instance, value);
        }
    }
}
