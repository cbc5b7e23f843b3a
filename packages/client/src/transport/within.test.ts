import { expect, test } from 'bun:test'
import { AbortedFailure, TimeoutFailure } from './failures.ts'
import { runInNode } from './in-node.test-support.ts'
import { onAbort, within } from './within.ts'

const never = () => new Promise<never>(() => {})
const late = () => new TimeoutFailure('too late', 20)

test('work that ignores its signal is abandoned when the time is over or the caller aborts', async () => {
  await expect(within({ timeoutMs: 20, late }, never)).rejects.toThrow('too late')
  const controller = new AbortController()
  const { signal } = controller
  const left = within({ signal, timeoutMs: 60_000, late }, never).catch((error: unknown) => error)
  controller.abort('enough')
  expect(await left).toBeInstanceOf(AbortedFailure)
  expect(await left).toMatchObject({ cause: 'enough' })
})

test('work that is done in time returns its result or throws its error', async () => {
  expect(await within({ timeoutMs: 60_000, late }, async () => 7)).toBe(7)
  const broken = new Error('broken')
  await expect(within({ late }, () => Promise.reject(broken))).rejects.toBe(broken)
})

test('a signal that is aborted already starts nothing', async () => {
  let started = false
  const work = async () => {
    started = true
  }
  await expect(within({ signal: AbortSignal.abort(), late }, work)).rejects.toBeInstanceOf(AbortedFailure)
  expect(started).toBe(false)
})

test('any number of waits for a signal have one listener, and none when all are done', () => {
  const { signal } = new AbortController()
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners += 1
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners -= 1
    removeEventListener.apply(signal, args)
  }
  const forgets = Array.from({ length: 1_000 }, () => onAbort(signal, () => {}))
  expect(listeners).toBe(1)
  for (const forget of forgets) forget()
  expect(listeners).toBe(0)
  onAbort(signal, () => {})
  expect(listeners).toBe(1)
})

test('one signal for a hundred concurrent calls causes no warning of Node', async () => {
  const script = `
    import { send } from ${JSON.stringify(`${import.meta.dir}/send.ts`)}
    let warnings = 0
    process.on('warning', ({ name }) => { if (name !== 'ExperimentalWarning') warnings += 1 })
    const { signal } = new AbortController()
    const fetch = async () => { await new Promise((done) => setTimeout(done, 5)); return new Response('ok') }
    const call = () => send({ method: 'GET', url: 'http://127.0.0.1:1', headers: {}, signal, timeoutMs: 60_000, fetch })
    await Promise.all(Array.from({ length: 100 }, call))
    await new Promise((done) => setTimeout(done, 5))
    console.log(warnings)`
  expect(await runInNode(script)).toBe('0')
})
