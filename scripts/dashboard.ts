import { writeFileSync } from 'node:fs'
import { BUILT_PATH, buildDashboard, builtModule } from './dashboard-build.ts'

// Builds dashboard/ into the file from which the server serves it. A test fails when that file is stale.

const built = await buildDashboard()
writeFileSync(BUILT_PATH, builtModule(built))
const bytes = [built.page, ...built.files].reduce(
  (sum, { gzip }) => sum + Buffer.from(gzip, 'base64').length,
  0,
)
process.stdout.write(`The dashboard is ${(bytes / 1000).toFixed(1)} kB packed.\n`)
