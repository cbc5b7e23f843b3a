import { afterAll } from 'bun:test'
import { type TestApp, testApp } from '../support/app.ts'
import { type FaultyStore, faultyStore } from '../support/faulty-store.ts'
import type { postgresForTests } from '../support/postgres.ts'

/** An application over a store whose calls a test can hold. */
export interface Stage {
  app: TestApp
  faulty: FaultyStore
}

/** The engine of a stage, by the name that test titles show. */
export type Engine = 'SQLite' | 'PostgreSQL'

/**
 * One stage for each engine, opened and `furnished` when a test first asks for it, and closed after the tests of the file. Must be called
 * where the file is loaded.
 */
export function stagesOn<More extends object>(
  postgres: Awaited<ReturnType<typeof postgresForTests>> | { absent: string },
  furnish: (stage: Stage) => Promise<More>,
): { engines: readonly Engine[]; stageOf(engine: Engine): Promise<Stage & More> } {
  const stages = new Map<Engine, Promise<Stage & More>>()
  const closers: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (const close of closers.toReversed()) await close()
  })

  async function open(engine: Engine): Promise<Stage & More> {
    const database = engine === 'SQLite' || 'absent' in postgres ? null : await postgres.migratedDatabase()
    if (database !== null) closers.push(database.drop)
    const faulty = await faultyStore(database?.url)
    const app = await testApp({ store: faulty.store })
    closers.push(app.close)
    const stage = { app, faulty }
    return { ...stage, ...(await furnish(stage)) }
  }

  return {
    engines: 'absent' in postgres ? ['SQLite'] : ['SQLite', 'PostgreSQL'],
    stageOf(engine) {
      const stage = stages.get(engine) ?? open(engine)
      stages.set(engine, stage)
      return stage
    },
  }
}
