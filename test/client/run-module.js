// @ts-nocheck: its imports resolve only where the packed client is installed.
import * as native from '@latchkey/client'
import * as goodmem from '@latchkey/client/goodmem'
import * as openrouter from '@latchkey/client/openrouter'
import * as openrouterErrors from '@latchkey/client/openrouter/models/errors'
import { runTable } from './driver.js'

// Runs the table through the ES modules of the packed client and prints how it went.

const bench = globalThis.Deno?.args[0] ?? globalThis.process.argv[2]
const outcomes = await runTable(bench, { native, goodmem, openrouter, openrouterErrors })
console.log(JSON.stringify(outcomes))
