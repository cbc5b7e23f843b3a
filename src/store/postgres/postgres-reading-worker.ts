import { workerData } from 'node:worker_threads'
import { serveReads } from '../reading/serve.ts'
import { openForReading, type ReadingPlace } from './open-reading.ts'

// The thread behind the long reads of PostgreSQL: it decodes their rows, so that verifies do not wait for that.

serveReads(openForReading(workerData as ReadingPlace))
