// The server, with one mistake planted in its source as it is loaded.

import { readFileSync } from 'node:fs'
import { MISTAKES } from './planted.ts'

const mistake = MISTAKES[process.env.MISTAKE ?? '']
if (mistake === undefined) throw new Error(`There is no mistake "${process.env.MISTAKE}".`)
const { file, right, wrong } = mistake

Bun.plugin({
  name: 'mistake',
  setup(build) {
    build.onLoad({ filter: new RegExp(`/src/${file.replaceAll('.', '\\.')}$`) }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      if (!source.includes(right)) throw new Error(`"${right}" does not stand in ${file} any more.`)
      return { contents: source.replaceAll(right, wrong), loader: 'ts' }
    })
  },
})

await import('../../src/main.ts')
