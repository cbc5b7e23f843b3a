import { useRef, useState } from 'preact/hooks'
import { refresh } from '../api/queries.ts'

/** Something that is done once, however often it is asked for while it is under way. */
export interface Act<Given extends unknown[]> {
  run(...given: Given): Promise<void>
  isBusy: boolean
  error: unknown
}

/** Wraps what changes something: a second click does nothing while the first is under way, and all that is shown is read anew after it. */
export function useAct<Given extends unknown[]>(work: (...given: Given) => Promise<unknown>): Act<Given> {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  // The state is only known to the next rendering, and a double click comes before it.
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
