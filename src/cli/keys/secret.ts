import type { NewSecret } from '../../../packages/client/src/index.ts'
import { CommandError, type Context } from '../command.ts'
import { OutputClosed } from '../terminal.ts'
import { jsonText, printable } from '../text.ts'

/** Prints only a new secret on the output, or with its key as JSON; a message about the act goes to the error output. */
export function showSecret({ terminal, output }: Context, made: NewSecret, done: string): void {
  const { name } = made.key
  terminal.err(
    `${printable(done)}${name === '' ? '' : ` ${printable(name)}.`} Its secret is shown this once and kept nowhere.\n`,
  )
  try {
    terminal.out(output === 'json' ? `${jsonText(made, 2)}\n` : `${printable(made.secret)}\n`)
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error
    throw new CommandError(
      `Nobody read the secret of ${made.key.id}. Make another with: latchkey keys rotate ${made.key.id}`,
    )
  }
}
