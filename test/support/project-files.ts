import { join } from 'node:path'
import { Glob } from 'bun'

/** The folder that holds the project. */
export const root = join(import.meta.dir, '../..')

const PATTERNS = [
  '*',
  '{src,test,scripts,bench,bin,docs,examples}/**/*',
  'sdks/**/*.{go,cs,md}',
  'packages/client/*',
  'packages/client/{src,scripts}/**/*',
]

/** Every file of the project, as a path from its root: what people wrote and what is generated, nothing installed. */
export function filesOfTheProject(): string[] {
  return PATTERNS.flatMap((pattern) => [...new Glob(pattern).scanSync(root)])
}
