#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { runBun } from './run-bun.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

runBun([
  // The folder the command is called from is not ours: neither its .env, nor its bunfig.toml (which may load code), nor
  // a missing node_modules (which makes Bun install packages by itself) may change what runs.
  '--no-env-file',
  `--config=${root}bunfig.toml`,
  '--no-install',
  // A launcher that is killed outright takes the server with it instead of leaving it behind on the port.
  '--no-orphans',
  `${root}src/main.ts`,
  ...process.argv.slice(2),
])
