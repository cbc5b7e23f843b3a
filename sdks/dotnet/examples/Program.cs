using System;
using System.Collections.Generic;
using System.Diagnostics;
using Latchkey.Client.Client;

namespace Example
{
    /// <summary>
    /// The examples are those of 001_42420d2719d3ddf0.txt, the documentation of the .NET client that this one takes the place
    /// of. Only the namespaces are others, and what the formatting of that page broke is whole again: the base address, the
    /// quotes around ids, and the types in angle brackets. What they print by Debug goes to the console.
    ///
    /// LATCHKEY_BASE_URL=http://127.0.0.1:8080 LATCHKEY_API_KEY=lk_... dotnet run --project examples -- ListApiKeys
    /// </summary>
    public static class Program
    {
        public static int Main(string[] args)
        {
            Dictionary<string, Action> examples = new()
            {
                ["CreateApiKey"] = CreateApiKeyExample.Main,
                ["CreateApiKeyWithHttpInfo"] = CreateApiKeyWithHttpInfoExample.Main,
                ["DeleteApiKey"] = DeleteApiKeyExample.Main,
                ["DeleteApiKeyWithHttpInfo"] = DeleteApiKeyWithHttpInfoExample.Main,
                ["ListApiKeys"] = ListApiKeysExample.Main,
                ["ListApiKeysWithHttpInfo"] = ListApiKeysWithHttpInfoExample.Main,
                ["UpdateApiKey"] = UpdateApiKeyExample.Main,
                ["UpdateApiKeyWithHttpInfo"] = UpdateApiKeyWithHttpInfoExample.Main,
                ["Verify"] = VerifyExample.Main,
            };

            if (args.Length != 1 || !examples.TryGetValue(args[0], out Action? example))
            {
                Console.Error.WriteLine($"Name one of: {string.Join(", ", examples.Keys)}");
                return 2;
            }

            Trace.Listeners.Clear();
            Trace.Listeners.Add(new ConsoleTraceListener());

            // The examples set no key of their own; they take the one of the process.
            if (Environment.GetEnvironmentVariable("LATCHKEY_API_KEY") is { Length: > 0 } key)
            {
                GlobalConfiguration.Instance.AddApiKey("x-api-key", key);
            }

            example();
            Trace.Flush();
            return 0;
        }
    }
}
