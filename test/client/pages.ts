import { CREATE, DELETE, LIST, UPDATE } from '../../packages/client/src/goodmem/examples.test-support.ts'

/** The blocks of TypeScript and JavaScript of a page, with the vendors' clients replaced by the ones that take their place. */
export function blocksOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```(?:ts|typescript|js|javascript)\n(.*?)^```$/gms)]
  return blocks.map(([, block = '']) => inTheirPlace(block))
}

function inTheirPlace(block: string): string {
  return block
    .replaceAll(`'@openrouter/sdk'`, `'@latchkey/client/openrouter'`)
    .replaceAll(`'@pairsystems/goodmem-client'`, `'@latchkey/client/goodmem'`)
}

/** The examples of the first GoodMem client's own documentation as one program; only the import names this package. */
export const SEED_EXAMPLES: string = [
  `import GoodMemClient from '@latchkey/client/goodmem';`,
  ...[CREATE, DELETE, LIST, UPDATE].map((example) => `{\n${example}\n}`),
].join('\n')
