import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readArguments } from '../../../src/cli/arguments'
import { checkTargets, usedFiles } from '../../../src/cli/check-targets'
import { UsageError } from '../../../src/cli/usage-error'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'zoetrope-targets-')))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)
writeFileSync(at('a.mp4'), 'a')
writeFileSync(at('a.end'), 'a')
symlinkSync(at('a.mp4'), at('link.mp4'))

const check = (...given: string[]): void => {
  const args = readArguments(['a red ball', ...given])
  checkTargets(args, [...usedFiles(args), { option: '--model', path: at('absent/part.gguf') }])
}

describe('what is made', () => {
  it.each([
    ['--control', []],
    ['--mask', []],
    ['--reference', []],
    ['--image', []],
    ['--last-image', []],
    ['--recipe', []],
    ['--upscaler', []],
    ['--continue', []],
    ['--keep-end', []],
    ['--prompts', ['--live', '--seconds', '3']],
  ])('does not replace the file of %s', (option, more) => {
    expect(() => check(option, at('a.mp4'), '--out', at('link.mp4'), ...more)).toThrow(UsageError)
    expect(() => check(option, at('a.mp4'), '--out', at('link.mp4'), ...more)).toThrow(/ is named by both /)
    check(option, at('a.mp4'), '--out', at('b.mp4'), ...more)
  })

  it('of a film and its end are two files, also where they are not there yet', () => {
    expect(() => check('--out', at('b.mp4'), '--keep-end', at('b.mp4'))).toThrow(
      `${at('b.mp4')} is named by both --out and --keep-end: one would replace the other. Name another file with --keep-end.`,
    )
  })

  it('may take the place of the end that it goes on from', () => {
    check('--continue', at('a.end'), '--keep-end', at('a.end'), '--out', at('b.mp4'))
  })
})
