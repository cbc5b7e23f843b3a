import type { KeyWithSecret } from '@latchkey/client'
import { useRef, useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { api } from '../api/client.ts'
import { useAct } from '../parts/act.ts'
import { SecretOnce } from '../parts/secret-once.tsx'
import { Head } from '../parts/shell.tsx'
import { Problem } from '../parts/states.tsx'
import { type KeyDraft, NEW_DRAFT, newKeyOf, problemsOfDraft } from './key-draft.ts'
import { KeyFields } from './key-form.tsx'

/** Makes a key, then shows its secret until the person says that it is stored. */
export function CreateKeyPage() {
  const [draft, setDraft] = useState<KeyDraft>(NEW_DRAFT)
  const [wrong, setWrong] = useState<ReturnType<typeof problemsOfDraft>>({})
  const [made, setMade] = useState<KeyWithSecret | null>(null)
  const [, navigate] = useLocation()
  // However often the button is pressed, also after a lost answer, one Idempotency-Key makes one key.
  const attempt = useRef(newName())
  const act = useAct(async () => {
    const answer = await api.keys.create(newKeyOf(draft, Date.now()), { idempotencyKey: attempt.current })
    if (answer.secret !== undefined) return setMade(answer)
    // The key was made, but the answer with its secret was lost, so the key gets a new secret.
    setMade(await api.keys.rotate(answer.key.id))
  })

  if (made?.secret !== undefined)
    return (
      <>
        <Head title={made.key.name || 'New key'} kicker="Key created" />
        <div class="card panel">
          <SecretOnce
            secret={made.secret}
            name={made.key.name}
            onStored={() => navigate(`/keys/${made.key.hash}`)}
          />
        </div>
      </>
    )

  return (
    <>
      <Head title="Create a key" kicker={<Link href="/keys">Keys</Link>} />
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          const problems = problemsOfDraft(draft)
          setWrong(problems)
          if (Object.keys(problems).length === 0) void act.run()
        }}
      >
        <KeyFields
          draft={draft}
          set={(changes) => {
            // The next key is another one.
            if (!act.isBusy) attempt.current = newName()
            setDraft((now) => ({ ...now, ...changes }))
          }}
          wrong={wrong}
          isNew
        />
        {act.error !== null && <Problem error={act.error} />}
        <div class="form-foot">
          <Link class="button" href="/keys">
            Cancel
          </Link>
          <button type="submit" class="button primary" disabled={act.isBusy}>
            {act.isBusy ? 'Creating…' : 'Create key'}
          </button>
        </div>
      </form>
    </>
  )
}

function newName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `dashboard-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
