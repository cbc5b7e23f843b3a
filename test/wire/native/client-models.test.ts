import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { DOTNET_MODELS_PATH, dotnetModels } from '../../../scripts/models/dotnet.ts'
import { GO_MODELS_PATH, goModels } from '../../../scripts/models/go.ts'
import { readModels } from '../../../scripts/models/reader.ts'

const models = await readModels()

test.each([
  { client: 'Go', path: GO_MODELS_PATH, made: goModels, field: /`json:"\w/g },
  {
    client: '.NET',
    path: DOTNET_MODELS_PATH,
    made: dotnetModels,
    field: /<\/summary>\n(?: {4}\[.*\]\n)* {4}public .*\{ get; init; \}/g,
  },
])(
  'the $client client has the models of the server’s own document, and all of it is described; npm run docs writes them',
  ({ path, made, field }) => {
    const written = readFileSync(path, 'utf8')
    expect(written).toBe(made(models))
    const members = models.models.flatMap((model) => model.members)
    expect(written.match(field)).toHaveLength(members.length)
    expect(members.length).toBeGreaterThan(250)
  },
)

test('models are classified by their sender', () => {
  const kinds = Object.fromEntries(models.models.map(({ name, kind }) => [name, kind]))
  expect(kinds).toMatchObject({ Key: 'answer', CreateKey: 'request', UpdateKey: 'change', KeyQuery: 'query' })
  expect(models.words.find(({ name }) => name === 'Role')?.words).toEqual([
    'ROOT',
    'ADMIN',
    'USER',
    'SERVICE',
  ])
})
