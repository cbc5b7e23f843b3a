import { afterAll, beforeAll, describe } from 'bun:test'
import type { Page } from 'playwright-core'
import { chromiumPath } from '../client/browser.ts'
import { type Bench, startBench } from './browser-bench.ts'

/** Groups tests that need the browser. */
type DescribeInBrowser = (name: string, tests: () => void) => void

/**
 * Starts a server and a browser before the tests of the calling file, passes them on with a page that is signed in as root, and stops both
 * after the tests. Where there is no browser it says so, and the groups that it returns are skipped.
 */
export function inBrowser(started: (parts: { bench: Bench; page: Page }) => void): DescribeInBrowser {
  const path = chromiumPath()
  if (path === null) {
    process.stderr.write(
      '!!! The dashboard is NOT tested in a browser: there is no Chromium. apt-get install chromium.\n',
    )
    return describe.skip
  }
  let bench: Bench | undefined
  beforeAll(async () => {
    bench = await startBench(path)
    started({ bench, page: await bench.signedIn() })
  }, 60_000)
  afterAll(() => bench?.stop(), 60_000)
  return describe
}
