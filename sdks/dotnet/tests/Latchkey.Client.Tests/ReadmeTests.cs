using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>The programs of the README, each built by itself as a newcomer would and run against a real server.</summary>
public sealed class ReadmeTests
{
    [BenchFact]
    public async Task The_programs_of_the_README_are_built_and_do_what_they_say()
    {
        string[] programs = [.. Blocks(await File.ReadAllTextAsync(PathOfReadme()))];
        Assert.Equal(2, programs.Length);
        await using LiveServer server = await Bench.Live();
        string passing = Filled(programs[0], server, ["secret:root", "secret:wide"]);
        Assert.Equal("settled", await BuiltAndRun($"{passing}\nConsole.WriteLine(\"settled\");"));
        string refused = Filled(programs[0], server, ["secret:root", "secret:limited"]);
        Assert.StartsWith("refused: I", await BuiltAndRun(refused), StringComparison.Ordinal);
        Assert.Matches("^lk_[0-9A-Za-z]{49}$", await BuiltAndRun(Filled(programs[1], server, ["secret:root"])));
    }

    private static IEnumerable<string> Blocks(string page) =>
        Regex.Matches(page, "^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline).Select(match => match.Groups[1].Value);

    /// <summary>The program with the server's address, and these secrets where it says `lk_...`.</summary>
    private static string Filled(string program, LiveServer server, string[] secrets)
    {
        string filled = program.Replace("http://127.0.0.1:8080", server.Url, StringComparison.Ordinal);
        foreach (string secret in secrets) filled = new Regex("\"lk_\\.\\.\\.\"").Replace(filled, $"\"{server[secret]}\"", 1);
        return filled;
    }

    private static async Task<string> BuiltAndRun(string program)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("latchkey-readme-");
        try
        {
            string library = Path.Combine(AppContext.BaseDirectory, "Latchkey.Client.dll");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Program.cs"), program);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Readme.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net8.0</TargetFramework>
                    <RollForward>Major</RollForward>
                    <UseAppHost>false</UseAppHost>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable>
                    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                  </PropertyGroup>
                  <ItemGroup><Reference Include="{library}" /></ItemGroup>
                </Project>
                """);
            return await Run(folder.FullName, "run");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> Run(string folder, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"dotnet ended with {process.ExitCode}:\n{said}\n{await errors}");
        return said.Trim();
    }

    private static string PathOfReadme([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../README.md");
}
