using Xunit.Abstractions;
using Xunit.Sdk;

namespace Latchkey.Client.Tests;

/// <summary>Figures that are worth seeing also when every test passes; what a test writes is shown only when it fails.</summary>
public sealed class Figures(IMessageSink sink)
{
    public void Show(string figures) => sink.OnMessage(new DiagnosticMessage(figures));
}
