import { join } from 'node:path'
import type { ClosedResult, ClosedTask, OpenResult, OpenTask } from './client.ts'
import { pinned } from './pinned.ts'

/** The callers' process. */
export interface Callers {
  closed(task: Omit<ClosedTask, 'kind'>): Promise<ClosedResult>
  open(task: Omit<OpenTask, 'kind'>): Promise<OpenResult>
  close(): void
}

/** Starts it. */
export function startCallers(): Callers {
  let answered = Promise.withResolvers<ClosedResult | OpenResult>()
  const child = Bun.spawn(pinned('client', [process.execPath, join(import.meta.dir, 'client.ts')]), {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc(message) {
      if ('failure' in message) answered.reject(new Error(message.failure))
      else answered.resolve(message)
    },
    onExit: () => answered.reject(new Error('The callers ended.')),
  })
  process.on('exit', () => child.kill())

  function ask<Result>(task: ClosedTask | OpenTask): Promise<Result> {
    answered = Promise.withResolvers()
    child.send(task)
    return answered.promise as Promise<Result>
  }

  return {
    closed: (task) => ask({ kind: 'closed', ...task }),
    open: (task) => ask({ kind: 'open', ...task }),
    close: () => child.kill(),
  }
}
