import { type ImportKey, type Latchkey, LatchkeyApiError } from '../../../packages/client/src/index.ts'
import { Secret, storedSecret, wrongWithImported } from '../../core/ground/secret.ts'
import { CommandError } from '../command.ts'
import { userIdOf } from '../people/refs.ts'
import { RowError } from './columns.ts'
import type { Mapped } from './formats.ts'
import type { Row } from './records.ts'
import type { RowResult, Sent } from './send.ts'

/** Finds the id of a record that a row names. Throws a {@link RowError} when there is none. */
type FindId = (name: string) => Promise<string>

/** The look-ups on the server that rows need, and the defaults for rows without a value of their own. */
interface Surroundings {
  userId: FindId
  workspaceId: FindId
  ownerId?: string
  workspace?: string
}

/** The rows of an export, made ready. */
interface Ready {
  keys: Sent[]
  /** The results of rows that cannot be sent. */
  failed: RowResult[]
  /** The values that are not imported, with the number of their rows. */
  lost: Map<string, number>
}

/** Converts rows to keys in the form in which they are sent. An error in one row does not affect the others. */
export async function readyKeys(
  rows: readonly Row[],
  read: (row: Row) => Mapped,
  surroundings: Surroundings,
): Promise<Ready> {
  const keys: Sent[] = []
  const failed: RowResult[] = []
  const lost = new Map<string, number>()
  for (const [index, each] of rows.entries()) {
    const row = index + 1
    try {
      const mapped = read(each)
      keys.push({ row, key: await readyKey(mapped, surroundings) })
      for (const what of mapped.lost) lost.set(what, (lost.get(what) ?? 0) + 1)
    } catch (error) {
      if (!(error instanceof RowError)) throw error
      const { message: detail } = error
      failed.push({ row, sha256: '', status: 'failed', id: null, code: 'input_invalid', detail })
    }
  }
  return { keys, failed, lost }
}

async function readyKey({ text, key }: Mapped, surroundings: Surroundings): Promise<ImportKey> {
  const { owner, workspace, ...members } = key
  const ready: ImportKey = { ...members, ...(text !== undefined && hashed(text)) }
  ready.ownerId ??= owner === undefined ? surroundings.ownerId : await surroundings.userId(owner)
  ready.workspaceId ??=
    workspace === undefined ? surroundings.workspace : await surroundings.workspaceId(workspace)
  return ready
}

/** A text is hashed here, so that no secret leaves this machine. */
function hashed(text: string): { sha256: string; mask: string } {
  const wrong = wrongWithImported(text)
  if (wrong !== null) throw new RowError(`secret: ${wrong}`)
  const { digest, mask } = storedSecret(new Secret(text), 0)
  return { sha256: digest, mask }
}

/** Finds users, and looks each up once. */
export function userIdsOf(client: Latchkey): FindId {
  return remembered('owner', (name) => userIdOf(client, name))
}

/** Finds workspaces, and looks each up once. */
export function workspaceIdsOf(client: Latchkey): FindId {
  return remembered('workspace', async (name) => (await client.workspaces.get(name)).id)
}

function remembered(column: string, find: FindId): FindId {
  const found = new Map<string, Promise<string>>()
  const look = async (name: string) => {
    try {
      return await find(name)
    } catch (error) {
      const isUnknown =
        error instanceof CommandError || (error instanceof LatchkeyApiError && error.status === 404)
      throw isUnknown ? new RowError(`${column}: There is none of this name.`, { cause: error }) : error
    }
  }
  return (name) => {
    const known = found.get(name) ?? look(name)
    found.set(name, known)
    return known
  }
}
