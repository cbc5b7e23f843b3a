import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Glob } from 'bun'
import type * as TypeScript from '../packages/client/node_modules/typescript/lib/typescript.js'

// The compiler's interface for reading sources is in TypeScript 5, which the client's package installs.
const root = join(import.meta.dir, '..')
const ts = createRequire(join(root, 'packages/client/package.json'))('typescript') as typeof TypeScript

describe('tests of calls that are refused', () => {
  test('none starts several calls and then waits for one after the other', () => {
    const files = ['src', 'test', 'packages'].flatMap((folder) => [
      ...new Glob(`${folder}/**/*.{test,conformance}.ts`).scanSync(root),
    ])
    const own = files.filter((file) => !file.includes('node_modules'))
    expect(own.length).toBeGreaterThan(300)
    expect(own.filter((file) => waitsInTurn(readFileSync(join(root, file), 'utf8')))).toEqual([])
  })

  test('the rule notices such a loop, and none whose calls start in their turn', () => {
    expect(waitsInTurn('for (const call of [a.get(), b.get()]) expect(await refusal(call)).toBe(1)')).toBe(
      true,
    )
    expect(waitsInTurn('for (const call of [get(1)]) { await expect(call).rejects.toThrow() }')).toBe(true)
    expect(waitsInTurn('for (const call of [get(1)]) { await call.then(no, yes) }')).toBe(true)
    expect(waitsInTurn('for (const call of [() => a.get()]) expect(await refusal(call())).toBe(1)')).toBe(
      false,
    )
    expect(waitsInTurn('for (const name of [text(1)]) expect(await get()).not.toContain(name)')).toBe(false)
    expect(waitsInTurn('for (const name of [text(1)]) expect(await get(name)).toBe(1)')).toBe(false)
    expect(waitsInTurn('for (const key of [await make()]) expect(await get(key)).toBe(1)')).toBe(false)
  })
})

/**
 * Whether a loop waits in turn for calls that all started before it. When a later one is refused first, nothing
 * handles its refusal yet: the test fails by chance, and goes on while its server is being closed.
 */
function waitsInTurn(text: string): boolean {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true)
  const found = (node: TypeScript.Node): boolean => {
    if (ts.isForOfStatement(node) && ts.isArrayLiteralExpression(node.expression)) {
      const started = node.expression.elements.some(ts.isCallExpression)
      const name = node.initializer.getText(source).replace(/^(const|let)\s+/, '')
      if (started && isAwaited(node.statement, name, source)) return true
    }
    return ts.forEachChild(node, (child) => found(child) || undefined) ?? false
  }
  return found(source)
}

/** Whether something under `await` is the named promise, a call of its member, or a function that takes a promise. */
function isAwaited(node: TypeScript.Node, name: string, source: TypeScript.SourceFile): boolean {
  if (ts.isAwaitExpression(node)) {
    const awaited = node.expression.getText(source)
    if (new RegExp(`^(${name}\\b(?!\\()|(expect|refusal|failure)\\(${name}\\))`).test(awaited)) return true
  }
  return ts.forEachChild(node, (child) => isAwaited(child, name, source) || undefined) ?? false
}
