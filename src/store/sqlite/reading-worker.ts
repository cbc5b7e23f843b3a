import { workerData } from 'node:worker_threads'
import { serveReads } from '../reading/serve.ts'
import { openForReading, type ReadingPlace } from './open-reading.ts'

// The thread behind the long reads of a SQLite file.

serveReads(openForReading(workerData as ReadingPlace))
