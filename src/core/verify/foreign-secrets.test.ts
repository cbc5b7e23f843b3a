import { expect, test } from 'bun:test'
import { createForeignSecrets } from './foreign-secrets.ts'

/** A store that answers as told, after the test lets it, and counts how often it was asked. */
function rig() {
  const state = { exist: false, trusted: true, asked: 0, held: undefined as Promise<void> | undefined }
  const store = {
    async hasForeignSecrets() {
      state.asked += 1
      const found = state.exist
      await state.held
      return found
    },
  }
  return { state, foreign: createForeignSecrets(store, () => state.trusted) }
}

test('the store is read once, and again after a key has changed', async () => {
  const { state, foreign } = rig()
  expect([await foreign.mayBe(), await foreign.mayBe()]).toEqual([false, false])
  expect(state.asked).toBe(1)
  state.exist = true
  foreign.forget()
  expect([await foreign.mayBe(), await foreign.mayBe()]).toEqual([true, true])
  expect(state.asked).toBe(2)
})

test('an answer that was read before a change is not kept after it', async () => {
  const { state, foreign } = rig()
  const gate = Promise.withResolvers<void>()
  state.held = gate.promise
  const slow = foreign.mayBe()
  state.exist = true
  foreign.forget()
  gate.resolve()
  expect(await slow).toBe(false)
  expect(await foreign.mayBe()).toBe(true)
})

test('while memory cannot be used the store is read each time', async () => {
  const { state, foreign } = rig()
  state.trusted = false
  await foreign.mayBe()
  await foreign.mayBe()
  expect(state.asked).toBe(2)
  state.trusted = true
  await foreign.mayBe()
  expect(state.asked).toBe(3)
})
