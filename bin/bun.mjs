#!/usr/bin/env node
import { MEMORY_SETTINGS } from './memory-settings.mjs'
import { runBun } from './run-bun.mjs'

// Scripts and tests fill their memory, and nobody waits for their pauses: more collections would only make them slower.
const { BUN_JSC_gcMaxHeapSize: _, ...settings } = MEMORY_SETTINGS

runBun(process.argv.slice(2), settings)
