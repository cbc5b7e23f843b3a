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

/// <summary>The programs of the README, and what builds and runs them as a newcomer would.</summary>
internal static class ReadmePrograms
{
    internal static async Task<string[]> Read() => [.. Blocks(await File.ReadAllTextAsync(PathOfReadme()))];

    /// <summary>The program with the server's address, and these secrets where it says `lk_...`.</summary>
    internal static string Filled(string program, LiveServer server, params string[] secrets)
    {
        string filled = program.Replace("http://127.0.0.1:8080", server.Url, StringComparison.Ordinal);
        foreach (string secret in secrets) filled = new Regex("\"lk_\\.\\.\\.\"").Replace(filled, $"\"{server[secret]}\"", 1);
        return filled;
    }

    /// <summary>Makes a folder with a project in it, which is removed when it is disposed.</summary>
    internal static ProgramFolder Folder(string properties, string items, string program)
    {
        ProgramFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "Program.cs"), program);
        File.WriteAllText(Path.Combine(folder.Path, "Readme.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
                {properties}
              </PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """);
        return folder;
    }

    /// <summary>Runs a program and answers what it printed, both streams, with how it ended.</summary>
    internal static async Task<(int ExitCode, string Said)> Run(string folder, string command, params string[] arguments)
    {
        ProcessStartInfo start = new(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, $"{said}\n{await errors}".Trim());
    }

    /// <summary>Runs a program that must end well, and answers what it printed.</summary>
    internal static async Task<string> RunWell(string folder, string command, params string[] arguments)
    {
        (int exitCode, string said) = await Run(folder, command, arguments);
        Assert.True(exitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {exitCode}:\n{said}");
        return said;
    }

    /// <summary>The folder of the package's sources, with the README in it.</summary>
    internal static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));

    private static string PathOfReadme() => Path.Combine(Root(), "README.md");

    private static IEnumerable<string> Blocks(string page) =>
        Regex.Matches(page, "^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline).Select(match => match.Groups[1].Value);
}

/// <summary>A folder for a program.</summary>
internal sealed class ProgramFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("latchkey-readme-");

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
