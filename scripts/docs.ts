import { writeFileSync } from 'node:fs'
import { clientTypes, TYPES_PATH } from '../packages/client/scripts/types.ts'
import { configurationPage } from './configuration-page.ts'

// Writes what is made from tables in the code: pages of docs/ and the types of the client. Tests fail when one is stale.

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationPage())
writeFileSync(TYPES_PATH, await clientTypes())
