import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs a module of TypeScript in the machine's Node, whatever its version, and answers what it printed. Throws with all that it
 * wrote to its errors, warnings included.
 */
export async function runInNode(script: string, env: Record<string, string> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-in-node-'))
  try {
    const entry = join(folder, 'entry.ts')
    await Bun.write(entry, script)
    await Bun.build({ entrypoints: [entry], target: 'node', outdir: folder, naming: 'program.mjs' })
    const child = Bun.spawn(['node', join(folder, 'program.mjs')], {
      env: { ...process.env, ...env },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [printed, errors] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    if (errors !== '') throw new Error(errors)
    return printed.trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
