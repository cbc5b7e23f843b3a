import { workerData } from 'node:worker_threads'
import { serveReads } from '../reading/serve.ts'
import { openForReading, type ReadingPlace } from './open-reading.ts'

// The thread behind the long reads of PostgreSQL: their rows are taken apart here, away from those who verify.

serveReads(openForReading(workerData as ReadingPlace))
