import { goldenTests } from '../golden.ts'

goldenTests('goodmem', import.meta.dir)
