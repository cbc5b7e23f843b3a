import { expect, test } from 'bun:test'
import { Fault } from '../core/ground/faults.ts'
import { createLog } from './log.ts'
import { withOneLinePerOutage } from './outage-lines.ts'

test('while the database is away one fault a second has a line, and every other fault has its own', () => {
  const lines: string[] = []
  let at = 0
  const log = createLog('silent', { write: () => {} })
  const { error } = withOneLinePerOutage(
    { ...log, error: (_, requestId) => void lines.push(requestId) },
    () => at,
  )
  const away = () => new Fault('store_unavailable', { internal: 'away' })
  for (let n = 0; n < 1_000; n += 1) error(away(), `first ${n}`)
  error(new Fault('internal', {}), 'a bug')
  at = 999
  error(away(), 'too soon')
  at = 1_000
  error(away(), 'next')
  // A clock that is set back does not silence it.
  at = 10
  error(away(), 'earlier')
  expect(lines).toEqual(['first 0', 'a bug', 'next', 'earlier'])
})
