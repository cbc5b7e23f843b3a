import { expect, test } from 'bun:test'
import { SETTINGS } from './settings.ts'
import { shownSettings } from './shown-settings.ts'

test('every setting is shown as it was given, and nothing of a secret one', () => {
  const shown = shownSettings({
    env: {
      LATCHKEY_PORT: '8123',
      LATCHKEY_DATABASE_URL: 'postgres://keys:hunter2@db.example/keys',
      LATCHKEY_ROOT_KEY: 'correct-horse-battery-staple-0123456789',
    },
    args: ['--log-level', 'warn'],
    readFile: () => '',
  })
  const shownOf = (env: string) => shown.find((setting) => setting.env === env)
  expect(shown.length).toBe(Object.keys(SETTINGS).length)
  expect(shownOf('LATCHKEY_PORT')).toMatchObject({ value: '8123', isGiven: true })
  expect(shownOf('LATCHKEY_LOG_LEVEL')).toMatchObject({ value: 'warn', isGiven: true })
  expect(shownOf('LATCHKEY_HOST')).toMatchObject({ value: '127.0.0.1', isGiven: false })
  expect(shownOf('LATCHKEY_ROOT_KEY')).toMatchObject({ value: null, isGiven: true, isSecret: true })
  expect(JSON.stringify(shown)).not.toMatch(/hunter2|battery-staple/)
})
