import { faultRows } from './fault-rows.ts'

/** Where the .NET client has its constants. */
export const DOTNET_FAULTS_PATH = new URL(
  '../sdks/dotnet/src/Latchkey.Client/Native/FaultCodes.cs',
  import.meta.url,
)

/** The .NET client's constants of the codes of docs/errors.md. */
export function dotnetFaults(): string {
  const rows = faultRows().map(({ code, status, meaning, words }) => {
    return `    /// <summary>Status ${status}: ${escaped(meaning)}</summary>
    public const string ${words.join('')} = "${code}";
`
  })
  return `// Written by npm run docs from docs/errors.md; a test fails when it is stale.

namespace Latchkey.Client;

/// <summary>
/// The codes of a <see cref="LatchkeyException"/>, beside <see cref="VerdictCodes.BudgetExceeded"/> of a reserve without room.
/// Newer servers may know more of them.
/// </summary>
public static class FaultCodes
{
${rows.join('\n')}}
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
