import { useEffect, useState } from 'preact/hooks'
import { SERVER } from '../api/base.ts'
import { Copy } from './copy.tsx'
import { Choices } from './field.tsx'

/** A secret, shown only this time, with examples of its use; it disappears when the person says that it is stored. */
export function SecretOnce({
  secret,
  name,
  onStored,
}: {
  secret: string
  name: string
  onStored: () => void
}) {
  const [isStored, setStored] = useState(false)
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [])
  return (
    <>
      <p class="notice warn">
        <strong>This is the only time that the secret is shown.</strong> Nobody can look it up later, we
        neither: only its digest is kept.
      </p>
      <div class="secret mono" data-testid="secret">
        {secret}
      </div>
      <div class="row">
        <Copy text={secret} what="the secret" isSmall={false} />
        <button type="button" class="button" onClick={() => download(secret, name)}>
          Download as .env
        </button>
      </div>
      <Snippets secret={secret} />
      <label class="check">
        <input
          type="checkbox"
          checked={isStored}
          onChange={(event) => setStored(event.currentTarget.checked)}
        />
        <span>I have stored it</span>
      </label>
      <div class="form-foot">
        <button type="button" class="button primary" disabled={!isStored} onClick={onStored}>
          Close
        </button>
      </div>
    </>
  )
}

function download(secret: string, name: string): void {
  const url = URL.createObjectURL(
    new Blob([`# ${name.replaceAll(/\s+/g, ' ')}\nAPI_KEY=${secret}\n`], { type: 'text/plain' }),
  )
  const link = document.createElement('a')
  link.href = url
  link.download = `${name.replaceAll(/[^\w-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'key'}.env`
  link.click()
  URL.revokeObjectURL(url)
}

const LANGUAGES = [
  ['curl', 'curl'],
  ['typescript', 'TypeScript'],
] as const

/** Commands to try a key: as the client that calls with it, and as the API that verifies it. */
function Snippets({ secret }: { secret: string }) {
  const [language, setLanguage] = useState('curl')
  const text = language === 'curl' ? curlOf(secret) : typescriptOf(secret)
  return (
    <div class="snippet">
      <Choices
        legend="Ask whether it may be used"
        value={language}
        onChange={setLanguage}
        options={LANGUAGES}
      />
      <pre>{text}</pre>
      <div>
        <Copy text={text} what="this" />
      </div>
    </div>
  )
}

function curlOf(secret: string): string {
  return `curl ${SERVER}/v2/verify \\
  -H "Authorization: Bearer $LATCHKEY_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{"key": "${secret}"}'`
}

function typescriptOf(secret: string): string {
  return `import { Latchkey } from '@latchkey/client'

// LATCHKEY_API_KEY is the key of your API's backend.
const latchkey = new Latchkey({ baseUrl: '${SERVER}', apiKey: process.env.LATCHKEY_API_KEY })
const verdict = await latchkey.verify({ key: '${secret}' })
if (!verdict.valid) throw new Error(verdict.code)`
}
