import { describe, expect, test } from 'bun:test'
import type { CallOptions, TestApp } from '../support/app.ts'
import { signInBrowser } from '../support/browser.ts'
import { postgresForTests } from '../support/postgres.ts'
import { type Stage, stagesOn } from './stages.ts'

// A call that writes in pieces is judged again between them. When it ends after the first ones, its answer must not be a refusal: whoever
// reads that nothing was recorded counts the same money elsewhere, too.

const postgres = await postgresForTests()
const { engines: ENGINES, stageOf } = stagesOn(postgres, async () => ({}))

const EVENTS = 1_000

/** A user that reports, and its report, which is written in more than one commit. */
async function reporter({ app }: Stage) {
  const named = crypto.randomUUID()
  const body = { username: named, displayName: 'Reporter', role: 'ADMIN' }
  const user = (await app.call('POST', '/v2/users', { body })).json
  const access = { ownerId: user.id, access: 'manage' }
  const managing = (await app.call('POST', '/v2/keys', { body: access })).json
  const used = (await app.call('POST', '/v2/keys', { body: { access: 'use' } })).json.key
  const meta = { a: '1', b: '2', c: '3', d: '4', e: '5', f: '6', g: '7', h: '8' }
  const events = Array.from({ length: EVENTS }, (_, n) => ({
    id: `e${n}`,
    keyId: used.id,
    amount: '0.01',
    meta,
  }))
  return {
    user,
    managing,
    report: (options: CallOptions = {}) => app.call('POST', '/v2/usage', { ...options, body: { events } }),
    spent: async () => Number((await app.call('GET', `/v2/keys/${used.id}`)).json.usage.total),
  }
}

type Reporter = Awaited<ReturnType<typeof reporter>>

/** How a reporter loses its right, and the answer to its next call. */
const LOSSES: [
  what: string,
  next: number,
  lose: (app: TestApp, by: Reporter) => ReturnType<TestApp['call']>,
][] = [
  ['its key is revoked', 401, (app, { managing }) => app.call('DELETE', `/v2/keys/${managing.key.id}`)],
  [
    'its user is disabled',
    401,
    (app, { user }) => app.call('PATCH', `/v2/users/${user.id}`, { body: { disabled: true } }),
  ],
  [
    'its user is demoted',
    403,
    (app, { user }) => app.call('PATCH', `/v2/users/${user.id}`, { body: { role: 'USER' } }),
  ],
]

/** Reports, and runs the work when the first commit is written and the second is about to be. */
async function between(
  { faulty }: Stage,
  report: () => ReturnType<Reporter['report']>,
  work: () => Promise<void>,
) {
  const first = faulty.hold('commitLedger')
  const answer = report()
  await first.reached
  const second = faulty.hold('commitLedger')
  first.open()
  await second.reached
  await work()
  second.open()
  return answer
}

describe.each([...ENGINES])('on %s, after some events of a report are recorded,', (engine) => {
  test.each(LOSSES)(
    '%s: the answer says that a part is recorded, and a repeat records the rest once',
    async (_, next, lose) => {
      const stage = await stageOf(engine)
      const by = await reporter(stage)
      const options = { key: by.managing.secret }
      const answer = await between(
        stage,
        () => by.report(options),
        async () => {
          expect((await lose(stage.app, by)).status).toBe(200)
        },
      )
      expect([answer.status, answer.json.code]).toEqual([503, 'partly_done'])
      const part = await by.spent()
      expect(part).toBeGreaterThan(0)
      expect(part).toBeLessThan(10)
      expect((await by.report(options)).status).toBe(next)
      expect(await by.spent()).toBe(part)
      const { status, json } = await by.report()
      expect([status, json.accepted + json.duplicates, json.conflicts]).toEqual([200, EVENTS, []])
      expect(json.duplicates).toBe(Math.round(part / 0.01))
      expect(await by.spent()).toBe(10)
      expect(stage.app.errors).toEqual([])
    },
    30_000,
  )

  test('its browser signs out: the answer says that a part is recorded', async () => {
    const stage = await stageOf(engine)
    const by = await reporter(stage)
    const browser = await signInBrowser(stage.app.call, by.managing.secret)
    const answer = await between(
      stage,
      () => by.report(browser.options),
      async () => {
        expect((await browser.signOut()).status).toBe(204)
      },
    )
    expect([answer.status, answer.json.code]).toEqual([503, 'partly_done'])
    expect(await by.spent()).toBeGreaterThan(0)
  }, 30_000)

  test('its user is demoted: the audit log has the denial of the rest', async () => {
    const stage = await stageOf(engine)
    const by = await reporter(stage)
    await between(
      stage,
      () => by.report({ key: by.managing.secret }),
      async () => {
        await stage.app.call('PATCH', `/v2/users/${by.user.id}`, { body: { role: 'USER' } })
      },
    )
    const path = `/v2/audit?actorUserId=${by.user.id}&outcome=denied`
    const { json } = await stage.app.call('GET', path)
    expect(json.data).toMatchObject([{ action: 'usage.report', outcome: 'denied' }])
  }, 30_000)

  test('it loses its right before: the answer is a refusal, and nothing is recorded', async () => {
    const stage = await stageOf(engine)
    const by = await reporter(stage)
    const first = stage.faulty.hold('commitLedger')
    const answer = by.report({ key: by.managing.secret })
    await first.reached
    await stage.app.call('DELETE', `/v2/keys/${by.managing.key.id}`)
    first.open()
    expect([(await answer).status, await by.spent()]).toEqual([401, 0])
  }, 30_000)
})
