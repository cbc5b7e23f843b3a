using System;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection.Metadata;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;
using static Latchkey.Client.Tests.ReadmePrograms;

namespace Latchkey.Client.Tests;

/// <summary>
/// The programs of the README over the packed package, published as services and functions are: trimmed, and compiled to
/// native code. Every warning of the trimmer and of the compiler fails.
/// </summary>
public sealed class PublishTests(PackedPackage package, Figures figures) : IClassFixture<PackedPackage>, IClassFixture<Figures>
{
    // Portable PDB format: a source file that lies in the symbols.
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [PublishFact(native: false)]
    public Task A_trimmed_program_of_the_README_does_what_it_says() => Published(native: false);

    [PublishFact(native: true)]
    public Task A_natively_compiled_program_of_the_README_does_what_it_says() => Published(native: true);

    [BenchFact]
    public async Task The_packages_have_documentation_and_symbols_with_their_sources()
    {
        await package.Made;
        foreach (string name in PackedPackage.Names)
        {
            using ZipArchive symbols = ZipFile.OpenRead(Directory.GetFiles(package.Source, $"{name}.0*.snupkg").Single());
            using ZipArchive library = ZipFile.OpenRead(Directory.GetFiles(package.Source, $"{name}.0*.nupkg").Single());
            string[] wanted = ["README.md", $"lib/net8.0/{name}.dll", $"lib/net8.0/{name}.xml"];
            Assert.Empty(wanted.Except(library.Entries.Select(entry => entry.FullName)));
            using MemoryStream bytes = new();
            using (Stream packed = symbols.GetEntry($"lib/net8.0/{name}.pdb")!.Open()) packed.CopyTo(bytes);
            bytes.Position = 0;
            using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(bytes);
            MetadataReader reader = provider.GetMetadataReader();
            int embedded = reader.CustomDebugInformation.Count(one => reader.GetGuid(reader.GetCustomDebugInformation(one).Kind) == s_embeddedSource);
            int files = Directory.GetFiles(Path.Combine(Root(), "src", name), "*.cs", SearchOption.AllDirectories).Count(file => !file.Contains("/obj/", StringComparison.Ordinal));
            Assert.True(embedded >= files && files > 0, $"{name}: {embedded} sources of {files} files");
            string[] paths = [.. reader.Documents.Select(one => reader.GetString(reader.GetDocument(one).Name))];
            Assert.DoesNotContain(paths, path => path.Contains(Root(), StringComparison.Ordinal));
        }
    }

    private async Task Published(bool native)
    {
        string properties = native ? PublishTools.Native : PublishTools.Trimmed;
        await using LiveServer server = await Bench.Live();
        await package.Made;
        string program = InOne(await Read(), server);
        using ProgramFolder folder = Folder(properties, package.Reference, program);
        Stopwatch clock = Stopwatch.StartNew();
        await RunWell(folder.Path, "dotnet", "publish", "-o", "out", $"-p:RestoreAdditionalProjectSources={package.Source}");
        string binary = Path.Combine(folder.Path, "out", "Readme");
        Assert.Equal("settled", await RunWell(folder.Path, binary, "verify"));
        Assert.StartsWith("refused: I", await RunWell(folder.Path, binary, "refuse"), StringComparison.Ordinal);
        Assert.Equal("VALID", await RunWell(folder.Path, binary, "inject"));
        Assert.Equal("0.3\nDISABLED", await RunWell(folder.Path, binary, "fake"));
        Assert.Matches("^401 .*\"code\":\"NOT_FOUND\"", await RunWell(folder.Path, binary, "guard"));
        Assert.Matches("^lk_[0-9A-Za-z]{49}$", await RunWell(folder.Path, binary, "create"));
        Assert.Equal("invoices: 10 USD left", await RunWell(folder.Path, binary, "manage"));
        long bytes = new DirectoryInfo(Path.Combine(folder.Path, "out")).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Extension is not (".dbg" or ".pdb"))
            .Sum(file => file.Length);
        figures.Show($"{(native ? "native" : "trimmed")} program of the README: {bytes / 1_000_000.0:F1} MB, published and run in {clock.Elapsed.TotalSeconds:F0} s");
    }

    // One program for all, because publishing takes long: what it is told to do decides which of them it is.
    private static string InOne(string[] programs, LiveServer server)
    {
        string verify = Filled(programs[0], server, "secret:root", "secret:wide");
        string refuse = Filled(programs[0], server, "secret:root", "secret:limited");
        string inject = Filled(programs[3], server, "secret:root", "secret:wide");
        string fake = programs[4];
        string create = Filled(programs[5], server, "secret:root");
        string guard = Filled(programs[1], server, "secret:root", "secret:limited").Replace("[\"lk_", "[\"lk_no", StringComparison.Ordinal);
        string manage = Filled(programs[6], server, "secret:root");
        string[] all = [verify, refuse, inject, fake, guard, manage, create];
        Regex import = new("^using [A-Za-z.]+;\\n", RegexOptions.Multiline);
        string imports = string.Concat(all.SelectMany(one => import.Matches(one)).Select(match => match.Value).Distinct());
        string[] bodies = [.. all.Select(one => import.Replace(one, ""))];
        return $$"""
            {{imports}}
            if (args[0] == "verify") { {{bodies[0]}} Console.WriteLine("settled"); }
            else if (args[0] == "refuse") { {{bodies[1]}} }
            else if (args[0] == "inject") { {{bodies[2]}} }
            else if (args[0] == "fake") { {{bodies[3]}} }
            else if (args[0] == "guard") { {{bodies[4]}} }
            else if (args[0] == "manage") { {{bodies[5]}} }
            else { {{bodies[6]}} }
            """;
    }
}

/// <summary>The package as it would be published, in a folder that serves as a source. Removed when it is disposed.</summary>
public sealed class PackedPackage : IDisposable
{
    internal static readonly string[] Names = ["Latchkey.Client", "Latchkey.Client.DependencyInjection"];

    // Each its own version: the cache of packages never looks again at one that it has.
    private readonly string _version = $"0.0.1-test.{Guid.NewGuid():N}";
    private readonly ProgramFolder _folder = new();
    private readonly Lazy<Task> _made;

    /// <summary>Tells what cannot be tried here: the reason of a skipped test is shown to nobody.</summary>
    public PackedPackage(IMessageSink sink)
    {
        _made = new(Make);
        foreach (bool native in new[] { false, true })
        {
            if (PublishTools.Missing(native) is not { } reason) continue;
            sink.OnMessage(new DiagnosticMessage($"!! SKIPPED: publishing a {(native ? "native" : "trimmed")} program. {reason}"));
        }
    }

    /// <summary>Ends when the package is there.</summary>
    public Task Made => _made.Value;

    public string Source => _folder.Path;

    public string Reference => string.Concat(Names.Select(name => $"""<PackageReference Include="{name}" Version="{_version}" />"""));

    public void Dispose()
    {
        _folder.Dispose();
        foreach (string name in Names)
        {
            string cached = Path.Combine(PublishTools.PackageCache, name.ToLowerInvariant(), _version);
            if (Directory.Exists(cached)) Directory.Delete(cached, recursive: true);
        }
    }

    // Built in a folder of its own, so that what lies beside the sources is neither used nor changed.
    private async Task Make()
    {
        foreach (string name in Names)
        {
            string project = Path.Combine(Root(), "src", name);
            string build = Path.Combine(Source, "build");
            await RunWell(Source, "dotnet", "pack", project, "--output", Source, "--artifacts-path", build, $"-p:Version={_version}");
        }
    }
}

/// <summary>What publishing needs beside the SDK: packages of the runtime and the compilers, and a linker.</summary>
internal static class PublishTools
{
    private static readonly Lazy<string?> s_missingForTrimmed = new(() => Probe(Trimmed));
    private static readonly Lazy<string?> s_missingForNative = new(() => Probe(Native));

    private const string Strict = """
        <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
        <ILLinkTreatWarningsAsErrors>true</ILLinkTreatWarningsAsErrors>
        <IlcTreatWarningsAsErrors>true</IlcTreatWarningsAsErrors>
        <TrimmerSingleWarn>false</TrimmerSingleWarn>
        <InvariantGlobalization>true</InvariantGlobalization>
        """;

    internal static string Trimmed => $"""
        <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
        <RuntimeIdentifier>linux-{Architecture}</RuntimeIdentifier>
        <SelfContained>true</SelfContained>
        <PublishTrimmed>true</PublishTrimmed>
        <TrimMode>full</TrimMode>
        {Strict}
        """;

    internal static string Native => $"""
        <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
        <RuntimeIdentifier>linux-{Architecture}</RuntimeIdentifier>
        <PublishAot>true</PublishAot>
        <CppCompilerAndLinker>{Linker ?? "clang"}</CppCompilerAndLinker>
        {Strict}
        """;

    internal static string PackageCache { get; } =
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>What is missing here, with what to do; null when nothing is.</summary>
    internal static string? Missing(bool native)
    {
        if (Bench.Url is null) return Bench.Missing;
        if (!OperatingSystem.IsLinux()) return "Publishing is tried on Linux only.";
        if (native && Linker is null) return "There is no clang and no gcc to link with. Install one of them.";
        return native ? s_missingForNative.Value : s_missingForTrimmed.Value;
    }

    private static string Architecture =>
        System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    private static string? Linker { get; } = new[] { "clang", "gcc" }.FirstOrDefault(OnPath);

    private static bool OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    private static string? Probe(string properties)
    {
        using ProgramFolder folder = Folder(properties, "", "");
        (int exitCode, string said) = Task.Run(() => Run(folder.Path, "dotnet", "restore")).GetAwaiter().GetResult();
        return exitCode == 0 ? null : $"The packages that publishing needs cannot be had: {said}";
    }
}

/// <summary>A test that publishes a program, where the tools allow.</summary>
public sealed class PublishFactAttribute : FactAttribute
{
    public PublishFactAttribute(bool native) => Skip = PublishTools.Missing(native);
}
