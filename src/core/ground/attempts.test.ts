import { describe, expect, test } from 'bun:test'
import { decided, untilDecided } from './attempts.ts'
import { Fault } from './faults.ts'

describe('untilDecided', () => {
  test('decides in the same turn when nothing is missing', async () => {
    let attempts = 0
    const answer = untilDecided(() => {
      attempts += 1
      return decided('yes')
    })
    expect(attempts).toBe(1)
    expect(await answer).toBe('yes')
  })

  test('tries again after each loaded value, and may decide null', async () => {
    const missing = ['facts', 'accounts', 'rates']
    const brought: string[] = []
    const answer = await untilDecided<null>(async () => {
      const next = missing.shift()
      if (next === undefined) return decided(null)
      await Promise.resolve()
      brought.push(next)
      return undefined
    })
    expect(answer).toBeNull()
    expect(brought).toEqual(['facts', 'accounts', 'rates'])
  })

  test('gives up with a fault that advises a retry when something is always missing', async () => {
    let attempts = 0
    const answer = untilDecided(() => {
      attempts += 1
      return Promise.resolve(undefined)
    })
    const fault = await answer.catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(Fault)
    expect((fault as Fault).code).toBe('store_unavailable')
    expect(attempts).toBeGreaterThan(10)
    expect(attempts).toBeLessThan(100)
  })

  test('makes as many attempts as its caller allows, and no more', async () => {
    const attemptsOf = async (roundsNeeded: number) => {
      let attempts = 0
      const answer = untilDecided(() => {
        attempts += 1
        return Promise.resolve(attempts < roundsNeeded ? undefined : decided('yes'))
      }, 3)
      return [await answer.catch((fault: Fault) => fault.code), attempts]
    }
    expect(await attemptsOf(3)).toEqual(['yes', 3])
    expect(await attemptsOf(4)).toEqual(['store_unavailable', 3])
  })

  test('passes on what an attempt throws', async () => {
    const answer = untilDecided(() => Promise.reject(new Fault('key_not_usable')))
    expect(((await answer.catch((error: unknown) => error)) as Fault).code).toBe('key_not_usable')
  })
})
