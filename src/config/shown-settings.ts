import { SETTINGS } from './settings.ts'
import { readSources, type SettingSources } from './sources.ts'

/** One setting as an operator may see it. */
export interface ShownSetting {
  env: string
  flag: string
  doc: string
  /** The given text, or the default; null for none. The value of a secret setting is never shown. */
  value: string | null
  isGiven: boolean
  isSecret: boolean
}

/** The settings, for the operator of the server; never the value of a secret one. */
export function shownSettings(sources: SettingSources): ShownSetting[] {
  const settings = Object.values(SETTINGS)
  const { settings: given } = readSources(settings, sources)
  return settings.map((setting, index) => {
    const { env, flag, doc } = setting
    const isSecret = 'secret' in setting
    const isGiven = given[index] != null
    const value = isSecret ? null : (given[index]?.text ?? setting.default)
    return { env, flag, doc, value, isGiven, isSecret }
  })
}
