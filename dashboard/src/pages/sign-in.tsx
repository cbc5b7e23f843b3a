import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type SignedIn, signIn } from '../api/client.ts'
import { ThemeChoice } from '../parts/theme.tsx'

/** Signs a person in with a key, or with the link that the first start printed. */
export function SignInPage({
  hasEnded,
  onSignedIn,
}: {
  hasEnded: boolean
  onSignedIn: (who: SignedIn) => void
}) {
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const input = useRef<HTMLInputElement>(null)

  async function begin(given: Parameters<typeof signIn>[0]) {
    setBusy(true)
    setProblem(null)
    try {
      onSignedIn(await signIn(given))
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      input.current?.focus()
    } finally {
      setBusy(false)
    }
  }

  useEffect(() => {
    document.title = 'Sign in · Latchkey'
    const link = /^#link=([\w-]+)$/.exec(location.hash)?.[1]
    if (link === undefined) return input.current?.focus()
    // It has done its work, and need not stay in the history.
    history.replaceState(null, '', location.pathname)
    void begin({ link })
  }, [])

  return (
    <main class="sign-in">
      <form
        class="card sign-in-card"
        onSubmit={(event) => {
          event.preventDefault()
          const key = input.current?.value.trim() ?? ''
          if (key === '') setProblem('Paste a key first.')
          else if (!isBusy) void begin({ key })
        }}
      >
        <Title />
        {hasEnded && problem === null && (
          <p class="notice" role="status">
            Your session has ended. Sign in to go on where you were.
          </p>
        )}
        <KeyField input={input} isWrong={problem !== null} />
        {problem !== null && (
          <p class="notice danger" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="button primary wide" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        <p class="hint">
          The first start printed a key and a link that signs in once. Both lost? Stop the server and run{' '}
          <code>latchkey reset-root</code>.
        </p>
      </form>
      <ThemeChoice />
    </main>
  )
}

function Title() {
  return (
    <h1>
      <img
        src={document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? ''}
        alt=""
        width="36"
        height="36"
      />
      Latchkey
    </h1>
  )
}

function KeyField({ input, isWrong }: { input: RefObject<HTMLInputElement>; isWrong: boolean }) {
  return (
    <div class="field">
      <label for="key">Key</label>
      <input
        ref={input}
        id="key"
        type="password"
        class="mono"
        placeholder="lk_…"
        autocomplete="off"
        spellcheck={false}
        aria-describedby="key-hint"
        aria-invalid={isWrong}
      />
      <p id="key-hint" class="hint">
        One with the access <code>manage</code> or <code>full</code>. It is not kept in this browser.
      </p>
    </div>
  )
}
