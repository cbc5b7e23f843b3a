import { writeFileSync } from 'node:fs'
import { configurationPage } from './configuration-page.ts'

// Writes the pages of docs/ that are made from tables in the code. Tests fail when a page and its table disagree.

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationPage())
