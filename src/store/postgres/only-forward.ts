import type { Kysely } from 'kysely'
import { type ForwardOnly, watchRevision } from '../older-copy/forward-only.ts'
import { standing } from '../older-copy/losses.ts'
import { requireNewest } from '../older-copy/older-copy.ts'
import { openWatermark, type Watermark } from '../older-copy/watermark.ts'
import { StoreOpenError } from '../open-error.ts'
import type { OpenOptions } from '../open-options.ts'
import type { SqlDatabase } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'

/** The settings for recognising an older copy. `place` is the database in an operator's words. */
export type Newest = Omit<OpenOptions, 'onBroken'> & { place: string }

/** Refuses an older copy when a file remembers the answered revisions, and notices one that takes the database's place later. */
export async function onlyForward(
  reader: Kysely<Tables>,
  { place, revisionFile, acceptOlder = false, onNotice = () => {} }: Newest,
): Promise<Pick<ForwardOnly, 'requireForward'> & Required<Pick<SqlDatabase, 'willAnswer' | 'close'>>> {
  const file = revisionFile ?? null
  const watermark = file === null ? null : openedAt(file)
  try {
    const found = { place, file: file ?? '', answered: watermark?.found ?? 0, accept: acceptOlder, onNotice }
    const revision = await requireNewest(reader, found)
    await watermark?.raise(revision)
    const watch = watchRevision(() => standing(reader, 'to_read'), onNotice)
    watch.answering(revision)
    return {
      requireForward: watch.requireForward,
      async willAnswer(answered) {
        watch.answering(answered)
        await watermark?.raise(answered)
      },
      async close() {
        watch.close()
        await watermark?.close()
      },
    }
  } catch (error) {
    await watermark?.close()
    throw error
  }
}

function openedAt(file: string): Watermark {
  try {
    return openWatermark(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreOpenError(`The revision file ${file} cannot be opened: ${reason}.`, { cause: error })
  }
}
