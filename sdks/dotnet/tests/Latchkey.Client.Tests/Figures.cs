using System;
using System.IO;

namespace Latchkey.Client.Tests;

/// <summary>Figures that are worth seeing also when every test passes, which runners otherwise keep to themselves.</summary>
public static class Figures
{
    public static void Show(string figures)
    {
        using Stream console = Console.OpenStandardOutput();
        using StreamWriter writer = new(console);
        writer.WriteLine($"   {figures}");
    }
}
