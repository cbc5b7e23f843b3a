import { join } from 'node:path'
import { Glob } from 'bun'

/** The project's folder. */
export const root = join(import.meta.dir, '../..')

const PATTERNS = [
  '*',
  '{src,test,scripts,bench,bin,docs,examples}/**/*',
  'sdks/**/*.{go,cs,md}',
  'packages/client/*',
  'packages/client/{src,scripts}/**/*',
]

/** Every file of the project, as a path from its root: written and generated ones, no installed ones. */
export function filesOfTheProject(): string[] {
  return PATTERNS.flatMap((pattern) => [...new Glob(pattern).scanSync(root)])
}
