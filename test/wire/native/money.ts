import { expect } from 'bun:test'
import type { Answer, CallOptions } from '../../support/app.ts'
import type { Loose, NativeApp } from './native-app.ts'

/** The calls that move money, as root by default. */
export interface Money {
  reserve(body: object, options?: CallOptions): Promise<Answer>
  /** A hold that must be granted. */
  held(keyId: string, amount: string, more?: object): Promise<Loose>
  settle(id: string, body: unknown, options?: CallOptions): Promise<Answer>
  release(id: string, options?: CallOptions): Promise<Answer>
  reservation(id: string, options?: CallOptions): Promise<Answer>
  /** The key's own budget line of a window. */
  line(keyId: string, window?: string): Promise<Loose>
}

/** Binds them to an application. */
export function moneyOf(app: NativeApp): Money {
  const post = (path: string, body: unknown, options: CallOptions = {}) =>
    app.call('POST', path, { ...options, ...(body === undefined ? {} : { body }) })
  return {
    reserve: (body, options) => post('/v2/reservations', body, options),
    async held(keyId, amount, more = {}) {
      const answer = await post('/v2/reservations', { keyId, amount, ...more })
      expect([answer.status, answer.json.state]).toEqual([201, 'open'])
      return answer.json
    },
    settle: (id, body, options) => post(`/v2/reservations/${id}/settle`, body, options),
    release: (id, options) => post(`/v2/reservations/${id}/release`, undefined, options),
    reservation: (id, options) => app.call('GET', `/v2/reservations/${id}`, options),
    async line(keyId, window = 'daily') {
      const { budget } = (await app.call('GET', `/v2/keys/${keyId}`)).json
      return budget.find((each: Loose) => each.window === window)
    },
  }
}
