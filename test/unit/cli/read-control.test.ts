import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readArguments } from '../../../src/cli/arguments'
import { readControl } from '../../../src/cli/read-control'
import { UsageError } from '../../../src/cli/usage-error'

const read = (...more: string[]) => readArguments(['a boat', '--out', 'a.mp4', ...more]).control

describe('a control on the command line', () => {
  it('is what the options say', () => {
    expect(read()).toBeUndefined()
    expect(
      read('--control', 'a.mp4', '--mask', 'b.png', '--reference', 'c.png', '--reference', 'd.png'),
    ).toEqual({ control: 'a.mp4', mask: 'b.png', references: ['c.png', 'd.png'] })
    expect(read('--control', 'a', '--control-task', 'outpaint', '--control-strength', '0,5')).toEqual({
      control: 'a',
      references: [],
      task: 'outpaint',
      strength: 0.5,
    })
  })

  it.each([
    [['--control', ''], '--control needs a value.'],
    [['--reference', 'a', '--reference', ''], '--reference needs a value.'],
    [['--control', 'a', '--control-task', 'sing'], '--control-task must be one of follow, inpaint'],
    [
      ['--control', 'a', '--control-strength', '3'],
      '--control-strength must be a number from 0 to 2; "3" is not.',
    ],
    [['--control', 'a', '--control-strength', 'much'], '"much" is not.'],
    [
      Array.from({ length: 5 }, () => ['--reference', 'a']).flat(),
      '--reference was given 5 times; a clip takes up to 4',
    ],
  ])('is refused: %j', (args, sentence) => {
    expect(() => read(...args)).toThrow(UsageError)
    expect(() => read(...args)).toThrow(sentence)
  })

  it('serves its files, and refuses those that are not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zoetrope-control-'))
    try {
      const path = join(folder, 'a clip.mp4')
      writeFileSync(path, 'x')
      const { served, files, strength } = readControl({ control: path, references: [path], strength: 0.5 })
      expect(files).toEqual([
        { role: 'video', name: 'a clip.mp4', url: '/given-files/0' },
        { role: 'reference', name: 'a clip.mp4', url: '/given-files/1' },
      ])
      expect([...served.files.values()]).toEqual([path, path])
      expect(strength).toBe(0.5)
      expect(() => readControl({ control: join(folder, 'b.mp4'), references: [] })).toThrow(
        /There is no file at .*b\.mp4\. --control names a video or a picture\./,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
