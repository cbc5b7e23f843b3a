import { useEffect, useState } from 'preact/hooks'
import { Icon } from './icons.tsx'

const SHOWN_MS = 2_000

/** Copies a text and confirms it with a tick. */
export function Copy({ text, what, isSmall = true }: { text: string; what: string; isSmall?: boolean }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [state])
  async function copy() {
    setState((await copied(text)) ? 'copied' : 'failed')
  }
  return (
    <button type="button" class={isSmall ? 'button small' : 'button'} onClick={() => void copy()}>
      <Icon name={state === 'copied' ? 'tick' : 'copy'} />
      <span aria-live="polite">
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Select and copy it' : `Copy ${what}`}
      </span>
    </button>
  )
}

/** Browsers offer the clipboard only to pages of https and of this machine; elsewhere the older way still works. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    const host = document.querySelector('dialog[open]') ?? document.body
    host.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
