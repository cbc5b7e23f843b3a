import { readFileSync } from 'node:fs'

/** Where the .NET client has its constants. */
export const DOTNET_FAULTS_PATH = new URL(
  '../sdks/dotnet/src/Latchkey.Client/Native/FaultCodes.cs',
  import.meta.url,
)

const ROW = /^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$/gm

/** The .NET client's constants of the codes of docs/errors.md. */
export function dotnetFaults(): string {
  const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(ROW)].map(([, code = '', status = '', meaning = '']) => {
    return `    /// <summary>Status ${status}: ${escaped(meaning)}</summary>
    public const string ${dotnetName(code)} = "${code}";
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

function dotnetName(code: string): string {
  return code
    .split('_')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
