using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;
using static Latchkey.Client.Tests.ReadmePrograms;

namespace Latchkey.Client.Tests;

/// <summary>The programs of the README, each built by itself as a newcomer would and run against a real server.</summary>
public sealed class ReadmeTests
{
    [BenchFact]
    public async Task The_programs_of_the_README_are_built_and_do_what_they_say()
    {
        string[] programs = await Read();
        Assert.Equal(7, programs.Length);
        await using LiveServer server = await Bench.Live();
        string passing = Filled(programs[0], server, "secret:root", "secret:wide");
        Assert.Equal("settled", await BuiltAndRun($"{passing}\nConsole.WriteLine(\"settled\");"));
        string refused = Filled(programs[0], server, "secret:root", "secret:limited");
        Assert.StartsWith("refused: I", await BuiltAndRun(refused), StringComparison.Ordinal);
        Assert.Matches("^lk_[0-9A-Za-z]{49}$", await BuiltAndRun(Filled(programs[5], server, "secret:root")));
        Assert.Equal("let in", await BuiltAndRun(Filled(programs[1], server, "secret:root", "secret:wide")));
        using TestServer proxy = new(new Answer(200, "{\"valid\":false,\"code\":\"NOT_FOUND\"}"));
        string proxied = Filled(programs[2], server, "secret:root", "secret:wide").Replace("http://127.0.0.1:3128", proxy.Url, StringComparison.Ordinal);
        Assert.Equal("NOT_FOUND", await BuiltAndRun(proxied));
        Assert.Equal($"{server.Url}/v2/verify", proxy.Request.Path);
        Assert.Equal("VALID", await BuiltAndRun(Filled(programs[3], server, "secret:root", "secret:wide")));
        Assert.Equal("0.3\nDISABLED", await BuiltAndRun(programs[4]));
        Assert.Equal("invoices: 10 USD left", await BuiltAndRun(Filled(programs[6], server, "secret:root")));
    }

    private static async Task<string> BuiltAndRun(string program)
    {
        string libraries = string.Concat(
            new[] { "Latchkey.Client", "Latchkey.Client.DependencyInjection" }
                .Select(name => $"""<Reference Include="{Path.Combine(AppContext.BaseDirectory, name)}.dll" />"""));
        using ProgramFolder folder = Folder(
            "<TargetFramework>net8.0</TargetFramework><RollForward>Major</RollForward><UseAppHost>false</UseAppHost>",
            $"""{libraries}<PackageReference Include="Microsoft.Extensions.Http" Version="8.0.0" />""",
            program);
        return await RunWell(folder.Path, "dotnet", "run");
    }
}
