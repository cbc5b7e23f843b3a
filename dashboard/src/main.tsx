import { QueryClientProvider } from '@tanstack/preact-query'
import { render } from 'preact'
import { Router } from 'wouter-preact'
import { noticeActivity } from './api/activity.ts'
import { BASE } from './api/base.ts'
import { queries } from './api/queries.ts'
import { App } from './app.tsx'
import { startTheme } from './parts/theme.tsx'
import './style/index.css'

startTheme()
noticeActivity()
const place = document.getElementById('app')
if (place !== null)
  render(
    <QueryClientProvider client={queries}>
      <Router base={BASE}>
        <App />
      </Router>
    </QueryClientProvider>,
    place,
  )
