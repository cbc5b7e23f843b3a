import { useRef, useState } from 'preact/hooks'
import { refresh } from '../api/queries.ts'

/** An act that runs once, however often it is requested while it runs. */
export interface Act<Given extends unknown[]> {
  run(...given: Given): Promise<void>
  isBusy: boolean
  error: unknown
}

/** Wraps a change: a second click has no effect while the first one runs, and all shown data is read again after it. */
export function useAct<Given extends unknown[]>(work: (...given: Given) => Promise<unknown>): Act<Given> {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  // The state is known only at the next rendering, and a double click comes earlier.
  const isRunning = useRef(false)
  return {
    isBusy,
    error,
    async run(...given) {
      if (isRunning.current) return
      isRunning.current = true
      setBusy(true)
      setError(null)
      try {
        await work(...given)
        await refresh()
      } catch (failure) {
        setError(failure)
      } finally {
        isRunning.current = false
        setBusy(false)
      }
    },
  }
}
