import { expect, test } from 'bun:test'
import packageFile from '../../../package.json' with { type: 'json' }
import { testApp } from '../../support/app.ts'

test("the version is the package's", async () => {
  const app = await testApp({ initialize: false })
  const { json } = await app.call('GET', '/v1/system/info', { key: null })
  const { version, major, minor, patch } = json
  expect(version).toBe(packageFile.version)
  expect(packageFile.version).toStartWith(`${major}.${minor}.${patch}`)
  await app.close()
})
