import type { Dialect } from '../kernel/dialect.ts'
import type { Operation } from '../kernel/operation.ts'
import { renderProblem } from '../kernel/problem.ts'
import type { ApiDocument, Pass } from '../reference/generate.ts'
import { getDocument } from '../reference/get-document.ts'
import { getReference } from '../reference/get-reference.ts'
import { referencePage } from '../reference/page.ts'
import { getHome } from './get-home.ts'
import { getLiveness } from './get-liveness.ts'
import { getMetrics } from './get-metrics.ts'
import { getReadiness } from './get-readiness.ts'
import type { Measurements } from './measurements.ts'
import type { NodeState } from './node-measurements.ts'

/** What the operators' addresses need from the rest of the server. */
export interface OperationsParts {
  /** Fails when the database cannot do its work. */
  check(): Promise<void>
  measurements: Measurements
  /** The state of this process among the nodes of its database; absent without other nodes. */
  node?: (() => NodeState) | undefined
  /** Describes all dialects; called once, after all of them are mounted. */
  describe(pass: Pass): Promise<ApiDocument>
  /** The path below which browsers find the server. */
  basePath: string
  /** The dashboard and its files; absent without a dashboard. */
  dashboard?: readonly Operation[] | undefined
}

/**
 * The addresses for those who operate the server. Their base is empty, so they answer every address that belongs to no other dialect,
 * and are mounted last.
 */
export function operations({
  check,
  measurements,
  node,
  describe,
  dashboard,
  basePath,
}: OperationsParts): Dialect {
  const document = once(() => describe(nextPass))
  const page = once(async () => referencePage(await document(), { basePath, pass: nextPass }))
  return {
    name: 'operations',
    base: '',
    operations: [
      getLiveness,
      getReadiness(check, node),
      getMetrics(measurements),
      getDocument(async () => JSON.stringify(await document())),
      getReference(page),
      ...(dashboard ?? [getHome]),
    ],
    takesSessions: true,
    renderFault: renderProblem,
  }
}

/** Makes a value at the first call, also for those who call meanwhile; again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error) => {
      made = undefined
      throw error
    })
    return made
  }
}

function nextPass(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
