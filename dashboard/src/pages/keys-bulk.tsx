import type { Key } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { type BulkResult, type BulkWork, doInBulk, type Foreseen, foresee } from '../api/bulk.ts'
import { explain } from '../api/client.ts'
import { useAct } from '../parts/act.ts'
import { DAY_MS } from '../parts/day.ts'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { keyName } from '../parts/key-name.ts'
import { Loading, Problem } from '../parts/states.tsx'

/** The acts on the chosen keys, shown while some are chosen. */
export function BulkBar({ chosen, clear }: { chosen: readonly Key[]; clear: () => void }) {
  const [asked, setAsked] = useState<{ work: BulkWork; keys: readonly Key[] } | null>(null)
  if (chosen.length === 0 && asked === null) return null
  return (
    <>
      {chosen.length > 0 && (
        <section class="bulk" aria-label="Chosen keys">
          <span>
            <strong>{chosen.length}</strong> chosen
          </span>
          <div class="row">
            <button type="button" class="button small quiet" onClick={clear}>
              Choose none
            </button>
            <button
              type="button"
              class="button small"
              onClick={() => setAsked({ work: 'disable', keys: chosen })}
            >
              Disable…
            </button>
            <button
              type="button"
              class="button small danger"
              onClick={() => setAsked({ work: 'revoke', keys: chosen })}
            >
              Revoke…
            </button>
          </div>
        </section>
      )}
      {asked !== null && (
        <BulkDialog
          {...asked}
          onClose={(isDone) => {
            setAsked(null)
            if (isDone) clear()
          }}
        />
      )}
    </>
  )
}

interface Asked {
  work: BulkWork
  keys: readonly Key[]
  onClose: (isDone: boolean) => void
}

/** Shows what would happen, then asks for confirmation. */
function BulkDialog({ work, keys, onClose }: Asked) {
  const found = useQuery({
    queryKey: ['foreseen', work, keys.map(({ id }) => id)],
    queryFn: () => foresee(work, keys),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const title = `${work === 'revoke' ? 'Revoke' : 'Disable'} ${keys.length === 1 ? 'one key' : `${keys.length} keys`}?`
  if (found.data !== undefined)
    return <BulkQuestion work={work} title={title} found={found.data} onClose={onClose} />
  return (
    <Dialog title={title} onClose={() => onClose(false)}>
      {found.error === null ? (
        <Loading what="Looking what would happen" />
      ) : (
        <Problem error={found.error} retry={() => void found.refetch()} />
      )}
    </Dialog>
  )
}

function BulkQuestion(props: Pick<Asked, 'work' | 'onClose'> & { title: string; found: Foreseen }) {
  const { work, title, onClose } = props
  // The confirmation is about the keys shown first, also when the list is read again meanwhile.
  const [{ changed, untouched }] = useState(props.found)
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const [progress, setProgress] = useState(0)
  const [result, setResult] = useState<BulkResult | null>(null)
  const act = useAct(async () =>
    setResult(await doInBulk(work, { keys: changed, reason, onProgress: setProgress })),
  )
  const word = work === 'revoke' ? 'Revoke' : 'Disable'
  const mustType = work === 'revoke' ? `revoke ${changed.length}` : ''
  const isReady = changed.length > 0 && typed.trim() === mustType
  if (result !== null)
    return <Outcome result={result} work={work} count={changed.length} onClose={() => onClose(true)} />
  return (
    <FormDialog
      title={title}
      onClose={() => onClose(false)}
      act={act}
      word={`${word} ${changed.length}`}
      busyWord={`${progress} of ${changed.length}…`}
      isReady={isReady}
      isDanger
    >
      <Foresight work={work} changed={changed} untouched={untouched} />
      {work === 'revoke' ? (
        <>
          <p>This cannot be taken back: nobody can make these keys work again.</p>
          <TextField
            label="Reason"
            value={reason}
            onInput={setReason}
            hint="Kept with the keys and in the audit log."
          />
          <TextField label={`Type “${mustType}” to go on`} value={typed} onInput={setTyped} />
        </>
      ) : (
        <p>They are refused until somebody enables them again.</p>
      )}
    </FormDialog>
  )
}

function Outcome(props: { result: BulkResult; work: BulkWork; count: number; onClose: () => void }) {
  const { result, work, count, onClose } = props
  return (
    <Dialog title={`${result.done} of ${count} ${work}d`} onClose={onClose}>
      {result.failed.length > 0 && (
        <ul class="list">
          {result.failed.map(({ key, why }) => (
            <li key={key.id}>
              <span class="wrap">{keyName(key)}</span>
              <span class="wrong">{typeof why === 'string' ? why : explain(why)}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="dialog-does">
        <button type="button" class="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  )
}

function Foresight({ work, changed, untouched }: Foreseen & { work: BulkWork }) {
  const recent = changed.filter(
    ({ lastUsedAt }) => lastUsedAt !== null && Date.now() - Date.parse(lastUsedAt) < DAY_MS,
  )
  return (
    <>
      <ul class="list" aria-label="What would happen">
        <li>
          <span>Would be {work}d</span>
          <strong>{changed.length}</strong>
        </li>
        <li>
          <span>Already {work === 'revoke' ? 'revoked' : 'disabled or revoked'}</span>
          <strong>{untouched.length}</strong>
        </li>
        <li>
          <span>Used within the last 24 hours</span>
          <strong>{recent.length}</strong>
        </li>
      </ul>
      {recent.length > 0 && (
        <p class="notice warn">
          In use: {recent.slice(0, 5).map(keyName).join(', ')}
          {recent.length > 5 && ` and ${recent.length - 5} more`}. Whoever calls with them is refused at once.
        </p>
      )}
    </>
  )
}
