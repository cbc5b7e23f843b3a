import { spawnSync } from 'node:child_process'
import { type Commit, flawsOf } from './commit-form.ts'

// Checks the form of the commits since the rule was introduced; older ones are not checked. Ends with `N passed, M failed`.

const SINCE = 'b40b8f8'

const commits = commitsSince(SINCE)
if (commits === null) {
  console.log(
    `SKIPPED: the commits: this clone does not reach back to ${SINCE}.\n0 passed, 0 failed, 1 skipped`,
  )
} else {
  const flawed = commits
    .map((commit) => ({ commit, flaws: flawsOf(commit) }))
    .filter(({ flaws }) => flaws.length > 0)
  for (const { commit, flaws } of flawed)
    console.log(`${commit.id} ${commit.subject}\n  ${flaws.join('\n  ')}`)
  console.log(`${commits.length - flawed.length} passed, ${flawed.length} failed`)
  if (flawed.length > 0) process.exitCode = 1
}

function commitsSince(first: string): Commit[] | null {
  const format = '%h%x00%p%x00%s%x00%b%x01'
  const { status, stdout } = spawnSync('git', ['log', `--format=${format}`, `${first}..HEAD`], {
    encoding: 'utf8',
  })
  if (status !== 0) return null
  return stdout
    .split('\x01')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const [id = '', parents = '', subject = '', body = ''] = text.split('\0')
      return { id, parents: parents.split(' '), subject, body }
    })
}
