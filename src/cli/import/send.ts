import { type ImportKey, type Latchkey, LatchkeyApiError } from '../../../packages/client/src/index.ts'

/** A key to send, and its row in the file. */
export interface Sent {
  row: number
  key: ImportKey
}

/** The result of a row. */
export interface RowResult {
  row: number
  sha256: string
  status: 'created' | 'exists' | 'failed'
  id: string | null
  code?: string
  detail?: string
}

const AT_ONCE = 1_000
/** Below the largest body that the server accepts. */
const BYTES_AT_ONCE = 900 * 1024

/** Sends keys, in each call as many as it can take; yields the results call by call. */
export async function* sendKeys(
  client: Latchkey,
  keys: readonly Sent[],
  { dryRun, stopping }: { dryRun: boolean; stopping: AbortSignal },
): AsyncGenerator<RowResult[]> {
  let rest = [...keys]
  while (rest.length > 0 && !stopping.aborted) {
    const count = fitting(rest)
    const { results, again } = await sendSome(client, rest.slice(0, count), dryRun)
    rest = [...again, ...rest.slice(count)]
    yield results
  }
}

/** The number of first keys that fit into one call. */
function fitting(keys: readonly Sent[]): number {
  let bytes = 0
  for (const [count, { key }] of keys.slice(0, AT_ONCE).entries()) {
    bytes += Buffer.byteLength(JSON.stringify(key)) + 1
    if (bytes > BYTES_AT_ONCE && count > 0) return count
  }
  return Math.min(AT_ONCE, keys.length)
}

/** Sends one call. Rows for which it had no time, and valid rows of a call that was refused for others, must be sent again. */
async function sendSome(
  client: Latchkey,
  keys: readonly Sent[],
  dryRun: boolean,
): Promise<{ results: RowResult[]; again: Sent[] }> {
  try {
    const { results } = await client.keys.import(
      keys.map(({ key }) => key),
      { dryRun },
    )
    const processed = results.map(
      ({ sha256, status, id, code, detail }, index): RowResult => ({
        row: keys[index]?.row ?? 0,
        sha256,
        status: status as RowResult['status'],
        id,
        ...(code !== undefined && { code }),
        ...(detail !== undefined && { detail }),
      }),
    )
    const begun = processed.filter(({ code }) => code !== 'server_busy')
    // If a call has processed no row at all, sending its rows again would never end.
    if (begun.length === 0) return { results: processed, again: [] }
    const rows = new Set(begun.map(({ row }) => row))
    return { results: begun, again: keys.filter(({ row }) => !rows.has(row)) }
  } catch (error) {
    const refused = refusedIn(error)
    const results = [...refused].flatMap(([index, detail]): RowResult[] => {
      const sent = keys[index]
      if (sent === undefined) return []
      const sha256 = sent.key.sha256 ?? ''
      return [{ row: sent.row, sha256, status: 'failed', id: null, code: 'input_invalid', detail }]
    })
    // If no row was refused, the same call would be refused for ever.
    if (results.length === 0) throw error
    return { results, again: keys.filter((_, index) => !refused.has(index)) }
  }
}

/** The keys of a call that were refused for their form, by their place, with the reason. */
function refusedIn(error: unknown): Map<number, string> {
  const refused = new Map<number, string>()
  if (!(error instanceof LatchkeyApiError) || error.status !== 400) return refused
  for (const { pointer, message } of error.errors) {
    const [, index, place = ''] = /^\/keys\/(\d+)(.*)$/.exec(pointer) ?? []
    if (index === undefined) return new Map()
    const before = refused.get(Number(index))
    refused.set(
      Number(index),
      [before, `${place.slice(1)}: ${message}`].filter((each) => each !== undefined).join('; '),
    )
  }
  return refused
}
