import { useEffect, useState } from 'preact/hooks'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

const STORED = 'latchkey-theme'

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORED)
    return THEMES.find((theme) => theme === stored) ?? 'system'
  } catch {
    // Some browsers store nothing at all.
    return 'system'
  }
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** Applies the theme that was chosen before. */
export function startTheme(): void {
  apply(storedTheme())
}

/** Chooses between light, dark and the setting of the machine. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme)
  useEffect(() => {
    apply(theme)
    try {
      localStorage.setItem(STORED, theme)
    } catch {
      // Then it lasts until the page is left.
    }
  }, [theme])
  return (
    <label class="theme">
      <span class="hidden">Colours</span>
      <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
        <option value="system">As the system</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  )
}
