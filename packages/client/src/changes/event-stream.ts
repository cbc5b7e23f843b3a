/** One server-sent event. */
export interface StreamedEvent {
  /** Its name; `message` for one without. */
  name: string
  /** Its lines of data, joined. */
  data: string
}

/** No event is longer, in characters; ours have less than 500. */
export const EVENT_CHARS: number = 100_000

/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) piece by piece. The returned function
 * takes the next piece of text and returns the events that it completes. It throws a TypeError for an event that is too long.
 */
export function eventReader(): (piece: string) => StreamedEvent[] {
  let rest = ''
  let name = ''
  let data: string[] = []
  let chars = 0

  function take(line: string): StreamedEvent | undefined {
    if (line === '') {
      const done = data.length > 0 ? { name: name || 'message', data: data.join('\n') } : undefined
      name = ''
      data = []
      chars = 0
      return done
    }
    chars += line.length
    if (chars > EVENT_CHARS) throw new TypeError(TOO_LONG)
    const [field = '', ...parts] = line.split(':')
    const value = parts.join(':').replace(/^ /, '')
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
    return undefined
  }

  return (piece) => {
    // A lone CR ends a line, too, but one at the very end may be the first half of CRLF.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    if (rest.length > EVENT_CHARS) throw new TypeError(TOO_LONG)
    return lines.map(take).filter((event) => event !== undefined)
  }
}

const TOO_LONG = `An event has more than ${EVENT_CHARS} characters.`
