import type { Answer } from '../../support/app.ts'
import { type Loose, nativeApp } from './native-app.ts'

/** A workspace with limits; ada is a member and bob is not. */
export async function team(overrides?: Parameters<typeof nativeApp>[0]) {
  const app = await nativeApp(overrides)
  const ada = await app.makeUser({ username: 'ada' })
  const bob = await app.makeUser({ username: 'bob' })
  const body = { name: 'Team', slug: 'team', limits: { monthly: '500' } }
  const { id }: Loose = (await app.call('POST', '/v2/workspaces', { body })).json
  const members = `/v2/workspaces/${id}/members`
  await app.call('POST', members, { body: { userId: ada.user.id } })
  return { app, ada, bob, id: id as string, members }
}

/** An answer without the parts that differ between two requests, and with one name for the requested record. */
export function told({ status, text }: Answer, names: readonly string[]): string {
  const unnamed = names.reduce((rest, name) => rest.replaceAll(name, '<name>'), text)
  return `${status} ${unnamed.replaceAll(/"requestId":"[^"]*"/g, '')}`
}
