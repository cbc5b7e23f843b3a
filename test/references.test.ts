import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { filesOfTheProject, root } from './support/project-files.ts'

describe('references to pages', () => {
  test('in comments, goldens and pages all of them refer to an existing page and heading', () => {
    const files = filesOfTheProject().filter(isSearched)
    const found = files.map((file) => referencesIn(read(file)))
    expect(found.flat().filter(({ anchor }) => anchor !== undefined).length).toBeGreaterThan(150)
    expect(files.flatMap((file) => lostIn(file, read(file)))).toEqual([])
  })

  test('a broken reference is noticed', () => {
    expect(lostIn('src/a.ts', '// docs/wire/goodmem.md#no-such-heading')).toEqual([
      'src/a.ts: docs/wire/goodmem.md has no heading #no-such-heading',
    ])
    expect(lostIn('src/a.ts', '// (gone.md §4)')).toEqual([
      'src/a.ts: there is no gone.md',
      'src/a.ts: a paragraph of something that is not here: gone.md §4',
    ])
    expect(lostIn('docs/a.md', '[there](wire/openrouter.md#gone) and [here](#gone)')).toEqual([
      'docs/a.md: docs/wire/openrouter.md has no heading #gone',
      'docs/a.md: docs/a.md has no heading #gone',
    ])
    expect(lostIn('src/a.ts', '// as research/field says, after §12')).toEqual([
      'src/a.ts: a paragraph of something that is not here: after §12',
      'src/a.ts: a folder that is not here: research/',
    ])
  })

  test('a valid reference is accepted', () => {
    const text =
      '// docs/wire/goodmem.md#labels, docs/errors.md, RFC 9110 §13.1.1 and https://example.com/page.md'
    expect(lostIn('src/a.ts', text)).toEqual([])
  })

  test("anchors follow GitHub's rules", () => {
    const page =
      '# The `GET /key` call, twice: a_b\n## Same\n```sh\n# no heading\n```\n## Same\n### [Linked](x.md) text'
    expect(anchorsIn(page)).toEqual(['the-get-key-call-twice-a_b', 'same', 'same-1', 'linked-text'])
  })
})

interface Reference {
  page: string
  anchor: string | undefined
}

const SEARCHED = /\.(?:md|ts|mjs|cjs|js|go|cs|json|sql|yml|yaml)$/

// This file holds planted references; what is installed and the lock of it are not ours.
function isSearched(file: string): boolean {
  return SEARCHED.test(file) && file !== 'test/references.test.ts' && file !== 'package-lock.json'
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function referencesIn(text: string): Reference[] {
  const withoutAddresses = text.replace(/https?:\/\/[^\s)"'`>]+/g, '')
  return [...withoutAddresses.matchAll(/([\w.@/-]*\w\.md)\b(?:#([\w-]+))?/g)].map(
    ([, page = '', anchor]) => ({
      page,
      anchor,
    }),
  )
}

function lostIn(file: string, text: string): string[] {
  const own = file.endsWith('.md') ? [...text.matchAll(/\]\(#([\w-]+)\)/g)] : []
  const lost = [
    ...referencesIn(text).map((reference) => lossOf(file, reference)),
    ...own.map(([, anchor = '']) => headingLoss(file, anchor, () => text)),
    ...[...text.matchAll(/[\w./-]*[^\S\n]?§\s?[\d.]+/g)]
      .filter(
        ({ index }) => !/\bRFC \d+ $/.test(text.slice(Math.max(0, index - 12), text.indexOf('§', index))),
      )
      .map(([citation]) => `a paragraph of something that is not here: ${citation}`),
    ...[...text.matchAll(/(?<![\w./-])(?:research|contracts|seeds)\//g)].map(
      ([folder]) => `a folder that is not here: ${folder}`,
    ),
  ]
  return lost.filter((loss) => loss !== null).map((loss) => `${file}: ${loss}`)
}

// A path inside the packed client.
const PACKED_README = 'package/README.md'

/** Pages are named from the root or from the file that names them, and by a script from the page that it writes. */
function lossOf(file: string, { page, anchor }: Reference): string | null {
  const places = [
    page,
    normalize(join(dirname(file), page)),
    ...(file.startsWith('scripts/') ? [join('docs', page)] : []),
  ]
  const place = places.find((each) => existsSync(join(root, each)))
  if (page === PACKED_README) return null
  if (place === undefined) return `there is no ${page}`
  return anchor === undefined ? null : headingLoss(place, anchor, () => read(place))
}

function headingLoss(page: string, anchor: string, text: () => string): string | null {
  return anchorsIn(text()).includes(anchor) ? null : `${page} has no heading #${anchor}`
}

/** The anchors of a page as GitHub makes them: the heading in lower case, spaces as hyphens, other signs dropped, repeats numbered. */
function anchorsIn(page: string): string[] {
  const seen = new Map<string, number>()
  const headings = page.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6} (.+)$/gm)
  return [...headings].map(([, heading = '']) => {
    const words = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
    const slug = words.replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-')
    const repeats = seen.get(slug) ?? 0
    seen.set(slug, repeats + 1)
    return repeats === 0 ? slug : `${slug}-${repeats}`
  })
}
