import type { Operation } from '../kernel/operation.ts'
import { BUILT } from './built.gen.ts'
import { builtBelow, fileOperations } from './files.ts'
import { sessionOperations } from './session-operations.ts'
import type { Sessions } from './sessions.ts'
import { getSettings, type SettingRow } from './settings-operation.ts'

/** The dashboard: the page at `/`, its files, and signing in. For everything else the page calls the native API. */
export function dashboardOperations(
  sessions: Sessions,
  { settings, basePath }: { settings: readonly SettingRow[]; basePath: string },
): Operation[] {
  return [
    ...sessionOperations(sessions),
    getSettings(settings),
    ...fileOperations(builtBelow(BUILT, basePath)),
  ]
}
