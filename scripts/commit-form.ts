/** One commit, from git. */
export interface Commit {
  id: string
  parents: string[]
  subject: string
  body: string
}

const SUBJECT = /^(feat|fix|perf|test|docs|refactor|chore|ci)(\([a-z][a-z0-9, -]*\))?: \S/
const SUBJECT_CHARS_MAX = 72

/** The faults in the form of a commit (the rules are in CONTRIBUTING.md); empty when there are none. */
export function flawsOf({ parents, subject, body }: Commit): string[] {
  return [
    parents.length > 1 && 'It is a merge: rebase instead, the history is one line.',
    !SUBJECT.test(subject) && 'Its first line is not `type(area): what is new`.',
    subject.length > SUBJECT_CHARS_MAX &&
      `Its first line has ${subject.length} characters, at most ${SUBJECT_CHARS_MAX} are asked.`,
    body.trim() === '' && 'It does not say why: the text below the first line is empty.',
  ].filter((flaw) => flaw !== false)
}
