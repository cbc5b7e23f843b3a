import type { Key, KeyWithSecret, Revocation } from '@latchkey/client'
import { useState } from 'preact/hooks'
import { api } from '../api/client.ts'
import { useUser } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { DAY_MS } from '../parts/day.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Choices, TextField } from '../parts/field.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { keyName, typeable } from '../parts/key-name.ts'
import { count } from '../parts/money.ts'
import { sumOf } from '../parts/outcomes.tsx'
import { SecretOnce } from '../parts/secret-once.tsx'
import { Time } from '../parts/time.tsx'
import { changeOf, draftOf, problemsOfDraft } from './key-draft.ts'
import { KeyFields } from './key-form.tsx'
import { useKeyVerifications } from './key-verifies.tsx'

interface Props {
  of: Key
  onClose: () => void
}

const OVERLAPS = [
  ['0s', 'Now'],
  ['1m', '1 minute'],
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['6h', '6 hours'],
  ['24h', '24 hours'],
] as const

/** Gives the key a new secret, with a choice of how long the old one still works. */
export function RotateDialog({ of, onClose }: Props) {
  const [overlap, setOverlap] = useState('24h')
  const [made, setMade] = useState<KeyWithSecret | null>(null)
  const act = useAct(async () => setMade(await api.keys.rotate(of.id, { overlap })))
  if (made?.secret !== undefined)
    return (
      <Dialog title="The new secret" onClose={onClose} mayClose={() => false} isWide>
        <SecretOnce secret={made.secret} name={of.name} onStored={onClose} />
      </Dialog>
    )
  return (
    <FormDialog title={`Rotate ${keyName(of)}?`} onClose={onClose} act={act} word="Rotate">
      <p>The key gets a new secret. Its id, hash, limits and history stay.</p>
      <Choices
        legend="The old secret stops working"
        value={overlap}
        onChange={setOverlap}
        options={OVERLAPS}
        hint={
          overlap === '0s'
            ? 'Whoever still calls with the old one is refused at once. Right when it has leaked.'
            : 'Until then both work. You can end this earlier on the page of the key.'
        }
      />
    </FormDialog>
  )
}

/** Changes the settings of a key. It does not overwrite another person's change made meanwhile. */
export function EditDialog({ of, onClose }: Props) {
  const [original] = useState(of)
  const [draft, setDraft] = useState(() => draftOf(of))
  const [wrong, setWrong] = useState<ReturnType<typeof problemsOfDraft>>({})
  const act = useAct(async () => {
    const change = changeOf(original, draft, Date.now())
    if (Object.keys(change).length > 0)
      await api.keys.update(of.id, change, { ifRevision: original.revision })
    onClose()
  })
  return (
    <FormDialog
      title={`Change ${keyName(of)}`}
      onClose={onClose}
      act={act}
      word="Save"
      isWide
      check={() => {
        const problems = problemsOfDraft(draft)
        setWrong(problems)
        return Object.keys(problems).length === 0
      }}
    >
      <KeyFields
        draft={draft}
        set={(changes) => setDraft((now) => ({ ...now, ...changes }))}
        wrong={wrong}
        isNew={false}
      />
    </FormDialog>
  )
}

/** Disables or enables a key. */
export function DisableDialog({ of, onClose }: Props) {
  const act = useAct(async () => {
    await api.keys.update(of.id, { disabled: !of.disabled })
    onClose()
  })
  const word = of.disabled ? 'Enable' : 'Disable'
  return (
    <FormDialog
      title={`${word} ${keyName(of)}?`}
      onClose={onClose}
      act={act}
      word={word}
      isDanger={!of.disabled}
    >
      <p>
        {of.disabled
          ? 'It works again at once, with the limits and the usage that it has.'
          : 'Whoever calls with it is refused at once, until somebody enables it again.'}
      </p>
      {!of.disabled && <LastUse of={of} />}
    </FormDialog>
  )
}

/** Revokes a key for good, and shows the receipt. */
export function RevokeDialog({ of, onClose }: Props) {
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const [receipt, setReceipt] = useState<Revocation | null>(null)
  const act = useAct(async () => {
    setReceipt(await api.keys.revoke(of.id, reason.trim() === '' ? {} : { reason: reason.trim() }))
  })
  const wanted = keyName(of)
  if (receipt !== null) return <Receipt receipt={receipt} name={wanted} onClose={onClose} />
  return (
    <FormDialog
      title={`Revoke ${wanted}?`}
      onClose={onClose}
      act={act}
      word="Revoke"
      isDanger
      isReady={typeable(typed) === wanted}
    >
      <p>For good: nobody can make it work again. To stop it for a while, disable it instead.</p>
      <LastUse of={of} />
      <TextField
        label="Reason"
        value={reason}
        onInput={setReason}
        hint="Kept with the key and in the audit log."
      />
      <TextField label={`Type “${wanted}” to go on`} value={typed} onInput={setTyped} />
    </FormDialog>
  )
}

function Receipt({ receipt, name, onClose }: { receipt: Revocation; name: string; onClose: () => void }) {
  const { nodes, at } = receipt.effective
  return (
    <Dialog title={`${name} is revoked`} onClose={onClose}>
      <div class="notice good" role="status">
        <p>
          <strong>
            Dead on {nodes} of {nodes} {nodes === 1 ? 'node' : 'nodes'} at {clockOf(at)}.
          </strong>
        </p>
        <p>No verify that came after has passed it. Revision {receipt.revision}.</p>
      </div>
      <div class="dialog-does">
        <button type="button" class="button primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}

/** The time of day to the millisecond, in the local zone. */
function clockOf(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hour12: false,
  })
}

/** The recent use of a key, so that the person knows who would notice. */
function LastUse({ of }: { of: Key }) {
  const owner = useUser(of.ownerId)
  const verifies = useKeyVerifications(of.id)
  const calls = (verifies.data?.data ?? []).reduce((sum, { counts }) => sum + sumOf(counts), 0)
  const from = verifies.data?.lastUsedIp
  const isRecent = of.lastUsedAt !== null && Date.now() - Date.parse(of.lastUsedAt) < DAY_MS
  const whose = owner.data === undefined ? '' : ` It belongs to ${owner.data.displayName}.`
  if (!isRecent)
    return (
      <p class="notice">
        {of.lastUsedAt === null ? 'It has never been used.' : 'It was not used within the last 24 hours.'}
        {whose}
      </p>
    )
  return (
    <p class="notice warn">
      <span>
        <strong>In use:</strong> last <Time at={of.lastUsedAt ?? ''} />
        {from && ` from ${from}`}
        {calls > 0 && `, ${count(calls)} ${calls === 1 ? 'verify' : 'verifies'} within 24 hours`}.{whose}
      </span>
    </p>
  )
}
