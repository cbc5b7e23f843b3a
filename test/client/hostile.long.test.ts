import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { type HostileServer, hostileAnswers, hostileServer } from './hostile-answers.ts'
import { type PackedClient, packedClient, run } from './packed.ts'
import { runtimes } from './runtimes.ts'

// Every client gets every answer of a hostile server, in every runtime: the result, its time and its memory are checked.

const SLOW_MS = 120_000
// The garbage of dozens of answers of the maximum size. Without the bounds it is more than 1,500.
const MOST_MIB = 600
const MOST_MS = 10_000

interface Printed {
  outcomes: { index: number; surface: string; kind: string; ms: number; mib?: number; message?: string }[]
}

const answers = hostileAnswers()
let client: PackedClient
let server: HostileServer

beforeAll(async () => {
  client = await packedClient()
  server = await hostileServer(answers)
  cpSync(join(import.meta.dir, 'run-hostile.js'), join(client.folder, 'run-hostile.js'))
}, SLOW_MS)

afterAll(() => server.close())

describe('no response misleads a client, blocks it or fills its memory', () => {
  for (const { name, command } of runtimes()) {
    if (command === null) {
      console.warn(
        `SKIPPED: hostile answers in ${name}: there is no ${name}; \`npm run runtimes\` brings it.`,
      )
      test.skip(`in ${name}`, () => {})
      continue
    }
    test(
      `in ${name}`,
      async () => {
        const large = JSON.stringify(answers.map((answer) => answer.large ?? false))
        const printed = await run([...command, 'run-hostile.js', server.url, large], client.folder)
        const { outcomes } = JSON.parse(printed) as Printed
        expect(outcomes).toHaveLength(answers.length * 3)
        const wrong = outcomes.filter(({ index, kind }) => !answers[index]?.wanted.includes(kind))
        expect(wrong.map((outcome) => ({ ...outcome, name: answers[outcome.index]?.name }))).toEqual([])
        expect(outcomes.filter(({ ms }) => ms > MOST_MS)).toEqual([])
        const most = Math.max(...outcomes.map(({ mib = 0 }) => mib))
        console.log(`hostile answers in ${name}: at most ${most} MiB more than at the start`)
        expect(most).toBeLessThan(MOST_MIB)
      },
      SLOW_MS,
    )
  }
})
