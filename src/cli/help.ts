/** An option, as the help shows it. */
export interface OptionHelp {
  /** With its value: "--seed N". */
  readonly option: string
  readonly meaning: string
  /** Where nothing was given; absent for a switch, and where the option is needed. */
  readonly fallback?: string
}

export interface OptionGroup {
  readonly title: string
  readonly options: readonly OptionHelp[]
}

const WIDTH = 100

/** Wraps text into lines of at most `width` characters. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

/** The options by groups, their meanings in one column. */
export function helpText(usage: string, groups: readonly OptionGroup[]): string {
  const column = 4 + Math.max(...groups.flatMap(({ options }) => options.map(({ option }) => option.length)))
  const lines = groups.flatMap(({ title, options }) => [
    '',
    title,
    ...options.flatMap(({ option, meaning, fallback }) =>
      wrapped(`${meaning}${fallback === undefined ? '' : ` (default: ${fallback})`}`, WIDTH - column).map(
        (line, i) => `${(i === 0 ? `  ${option}` : '').padEnd(column)}${line}`.trimEnd(),
      ),
    ),
  ])
  return [usage, ...lines].join('\n')
}
