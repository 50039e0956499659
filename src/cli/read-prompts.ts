import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { TimedPrompt } from '../protocol/live-recipe'
import { readNumberText } from '../protocol/read-number'
import type { SettingsInput } from '../protocol/settings'
import { UsageError } from './usage-error'

const LINE = /^\s*([^:]*?)\s*s?\s*:\s*(.*?)\s*$/

/**
 * Prompts with their times, a line each: "0 s: a red ball", "3 s: a green fish". Empty lines, and those that begin
 * with #, are left out.
 * @throws UsageError naming the line
 */
export function parsePrompts(text: string, name: string): TimedPrompt[] {
  const prompts = text.split(/\r?\n/).flatMap((line, i): TimedPrompt[] => {
    if (line.trim() === '' || line.trim().startsWith('#')) return []
    const [, time = '', prompt = ''] = LINE.exec(line) ?? []
    const seconds = readNumberText(time)
    if (!(seconds >= 0) || prompt === '')
      throw new UsageError(
        `${name}, line ${i + 1}: "${line.trim().slice(0, 60)}" is not a time and a prompt, as in "3 s: a green fish".`,
      )
    return [{ seconds, prompt }]
  })
  if (prompts.length === 0)
    throw new UsageError(`${name} holds no prompt: write one per line, as in "0 s: a red ball".`)
  return prompts
}

/** @throws UsageError where the file is missing, or a line of it is wrong */
export function readPrompts(path: string): TimedPrompt[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`There is no file at ${path}. --prompts names a text file with one prompt per line.`)
  }
  return parsePrompts(text, basename(path))
}

/** Options override a recipe. The prompt at 0 s replaces those of both: the film's list then leaves it out. */
export function mergeSettings(
  recipe: SettingsInput | undefined,
  options: SettingsInput,
  first: TimedPrompt | undefined,
): SettingsInput {
  return { ...recipe, ...options, ...(first && { prompt: first.prompt }) }
}
