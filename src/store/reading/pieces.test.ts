import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inPieces, PIECE_ROWS, withRows } from './pieces.ts'
import { readingThread } from './thread.ts'

const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => ({ n, amount: BigInt(n) }))

describe('a result that crosses threads', () => {
  test('comes in pieces of a bounded number of rows, and is the same afterwards', () => {
    for (const count of [0, 1, 24, 25, 26, 50, 51, 249, 250, 251, 500, 9_999]) {
      for (const whole of [rowsOf(count), { rows: rowsOf(count), next: 'cursor' }]) {
        const { pieces, result } = inPieces(whole)
        const most = Array.isArray(whole) ? PIECE_ROWS.list : PIECE_ROWS.page
        const last = Array.isArray(result) ? result : (result as { rows: unknown[] }).rows
        for (const piece of [...pieces, last]) expect(piece.length).toBeLessThanOrEqual(most)
        expect(withRows(result, pieces.flat())).toEqual(whole)
      }
    }
    for (const other of [null, undefined, 7, 'text', { count: 1 }, new Map([[1, 2]])])
      expect(inPieces(other)).toEqual({ pieces: [], result: other })
  })

  test('piece by piece, each when the last one has been received, also of several reads at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-pieces-'))
    const file = join(folder, 'worker.ts')
    const connection = { database: null }
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads'
       const left = new Map()
       let asked = 0
       parentPort.on('message', ({ id, name }) => {
         if (name === 'more') asked += 1
         else left.set(id, 3)
         const more = left.get(id) - 1
         left.set(id, more)
         if (more > 0) parentPort.postMessage({ id, piece: [id + '-' + more] })
         else parentPort.postMessage({ id, result: { rows: [id + '-0'], asked } })
       })
       parentPort.postMessage('ready')`,
    )
    const thread = readingThread({ file: pathToFileURL(file), data: connection, limitMs: 30_000 })
    const [one, two] = await Promise.all([thread.run('a', []), thread.run('b', [])])
    expect(one).toMatchObject({ rows: ['1-2', '1-1', '1-0'] })
    expect(two).toEqual({ rows: ['2-2', '2-1', '2-0'], asked: 4 })
    rmSync(folder, { recursive: true, force: true })
  })
})
