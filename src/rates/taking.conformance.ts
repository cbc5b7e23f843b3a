import type { RateDemand, RateLimiter, RateTaking } from '../core/verify/rates.ts'

/** Takes units as the core does: tries again after a load, until there is an answer. */
export async function take(
  limiter: Pick<RateLimiter, 'take' | 'load'>,
  ...demands: RateDemand[]
): Promise<RateTaking> {
  for (let tries = 0; tries < 50; tries += 1) {
    const taken = limiter.take(demands)
    if (taken !== null) return taken
    await limiter.load(demands)
  }
  throw new Error('There was no answer.')
}
