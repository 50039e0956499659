export interface CleanText {
  text: string
  /** Sentences about the changes. */
  notes: string[]
}

const LONE_SURROGATE = /[\uD800-\uDFFF]/gu // with `u`, pairs are one character and do not match
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g // not tab and line breaks

function counted(count: number, thing: string): string {
  return count === 1 ? `one ${thing}` : `${count} ${thing}s`
}

/**
 * Makes text fit for every tokeniser: well-formed, without control characters or blank ends. Keeps emoji and
 * right-to-left text.
 */
export function cleanText(raw: string, name: string, maxCharacters: number): CleanText {
  const notes: string[] = []
  let text = raw
  if (text.length > maxCharacters) {
    text = text.slice(0, maxCharacters)
    notes.push(`The ${name} was cut to its first ${maxCharacters} characters; it had ${raw.length}.`)
  }
  const broken = text.match(LONE_SURROGATE)?.length ?? 0
  if (broken > 0) {
    text = text.replace(LONE_SURROGATE, '\uFFFD')
    notes.push(
      `In the ${name} ${counted(broken, 'broken character')} (half of a surrogate pair) became \uFFFD.`,
    )
  }
  const controls = text.match(CONTROL)?.length ?? 0
  if (controls > 0) {
    text = text.replace(CONTROL, '')
    notes.push(
      `From the ${name} ${counted(controls, 'control character')} ${controls === 1 ? 'was' : 'were'} removed.`,
    )
  }
  return { text: text.trim(), notes }
}
