import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { chromiumPath } from '../test/client/browser.ts'
import { PLACES, settled, startBench } from '../test/dashboard/browser-bench.ts'
import { fillScene } from '../test/dashboard/scene.ts'

// Takes the pictures of the README, and with --all every page at three widths in light and dark, for review.

const FOLDER = fileURLToPath(new URL('../docs/pictures/', import.meta.url))
const ALL_FOLDER = fileURLToPath(new URL('../.cache/pictures/', import.meta.url))
const SHOWN = [
  { name: 'overview', path: '/', width: 1440, height: 800, colorScheme: 'light' },
  { name: 'key', path: '/keys/KEY', width: 1440, height: 980, colorScheme: 'dark' },
  { name: 'keys-phone', path: '/keys', width: 360, height: 780, colorScheme: 'light' },
] as const
const executablePath = chromiumPath()
if (executablePath === null)
  throw new Error('There is no Chromium. apt-get install chromium, then try again.')
const bench = await startBench(executablePath)
try {
  const { keyHash, userId } = await fillScene(bench, Date.now())
  const addressOf = (path: string) => path.replace('KEY', keyHash).replace('USER', userId)
  if (process.argv.includes('--all')) await takeAll(addressOf)
  else await takeShown(addressOf)
} finally {
  await bench.stop()
}

async function takeShown(addressOf: (path: string) => string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  for (const { name, path, width, height, colorScheme } of SHOWN) {
    const page = await bench.signedIn(addressOf(path), { viewport: { width, height }, colorScheme })
    await still(page)
    const picture = await page.screenshot({ type: 'png' })
    writeFileSync(`${FOLDER}${name}.webp`, await asWebp(page, picture))
    await page.context().close()
  }
}

async function takeAll(addressOf: (path: string) => string): Promise<void> {
  mkdirSync(ALL_FOLDER, { recursive: true })
  for (const width of [360, 768, 1440]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await bench.signedIn('/', { viewport: { width, height: 900 }, colorScheme })
      for (const path of PLACES) {
        await page.goto(bench.url + addressOf(path))
        await still(page)
        const name = path === '/' ? 'overview' : path.slice(1).replaceAll('/', '-')
        await page.screenshot({ path: `${ALL_FOLDER}${name}-${width}-${colorScheme}.png`, fullPage: true })
      }
      await page.context().close()
    }
  }
  process.stdout.write(`The pictures are in ${ALL_FOLDER}.\n`)
}

async function still(page: Page): Promise<void> {
  await settled(page)
  // Charts are drawn in the frames after.
  await page.waitForTimeout(400)
}

/** The same picture as WebP, a third of the size, as the browser itself makes it. */
async function asWebp(page: Page, png: Buffer): Promise<Buffer> {
  const blank = await page.context().newPage()
  const url = (await blank.evaluate(
    `(async () => {
      const image = new Image()
      image.src = 'data:image/png;base64,${png.toString('base64')}'
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      canvas.getContext('2d').drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', 0.85)
    })()`,
  )) as string
  await blank.close()
  return Buffer.from(url.split(',')[1] ?? '', 'base64')
}
