import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readArguments } from '../../../src/cli/arguments'
import {
  cacheFolder,
  interruptedFolders,
  newFolder,
  wishOf,
  withWish,
  type Wish,
} from '../../../src/cli/kept-runs'
import { UsageError } from '../../../src/cli/usage-error'

/** Of no process: Linux has none above 4194304. */
const GONE = 99_999_999

let root: string
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'zoetrope-runs-'))))
afterEach(() => rmSync(root, { recursive: true }))

const wish = (more: Partial<Wish> = {}): Wish => ({
  ...wishOf(readArguments(['a red ball', '--out', 'x.mp4']), 4321),
  pid: GONE,
  ...more,
})

/** Of a process that is there, and not this one. */
const OTHER = process.ppid

describe('runs of the command line', () => {
  it('are interrupted once their process is gone, and leave nothing when they are removed', () => {
    const folder = newFolder(root)
    const { pidSince: _ours, ...begun } = wish({ pid: OTHER })
    folder.write(begun)
    expect(interruptedFolders(root)).toEqual([]) // it is being made
    folder.write(wish())
    mkdirSync(join(folder.profile, 'Default'), { recursive: true })
    const [found] = interruptedFolders(root)
    expect(found?.wish).toMatchObject({ out: resolve('x.mp4'), models: ['mini'], port: 4321 })
    expect(found?.profile).toBe(folder.profile)
    found?.remove()
    expect(readdirSync(root)).toEqual([])
  })

  it('are given up after a week, where there are newer ones, or where they were never begun', () => {
    const now = Date.now()
    for (const days of [1, 2, 3, 4, 8]) {
      const folder = newFolder(root, now - days)
      folder.write(wish({ begunAt: now - days * 24 * 3600 * 1000 }))
    }
    mkdirSync(join(root, `${now}-${GONE}`))
    mkdirSync(join(root, `${now}-${OTHER}`)) // is beginning
    writeFileSync(join(root, 'no-run'), 'x')
    expect(interruptedFolders(root, now)).toHaveLength(3)
    expect(readdirSync(root)).toHaveLength(4)
  })

  it('are interrupted also where a later process has the number of theirs', () => {
    newFolder(root).write(wish({ pid: process.pid })) // as the first one of a container has
    expect(interruptedFolders(root)).toHaveLength(1)
  })

  it.runIf(process.platform === 'linux')('know their process by when it began', () => {
    newFolder(root).write(wish({ pid: OTHER, pidSince: 'earlier' }))
    expect(interruptedFolders(root)).toHaveLength(1)
  })

  it('that were not begun do not displace those that were', () => {
    const now = Date.now()
    newFolder(root, now - 10).write(wish({ begunAt: now - 10 }))
    for (let i = 0; i < 3; i++) mkdirSync(join(root, `${now - i}-${GONE}`))
    expect(interruptedFolders(root, now)).toHaveLength(1)
  })

  it('mean the same in any folder', () => {
    writeFileSync(join(root, 'dit.gguf'), '')
    const args = readArguments(['a', '--out', 'x.mp4', '--model', join(root, 'dit.gguf'), '--model', 'mini'])
    expect(wishOf(args, 1)).toMatchObject({
      out: resolve('x.mp4'),
      models: [join(root, 'dit.gguf'), 'mini'],
    })
  })

  it('write the same files when they continue, to others where they are given', () => {
    const folder = newFolder(root)
    folder.write({ ...wishOf(readArguments(['a', '--out', 'x.mp4', '--keep-end', 'x.end']), 1), pid: GONE })
    const { wish: found } = interruptedFolders(root)[0]!
    const files = { out: resolve('x.mp4'), keepEnd: resolve('x.end'), models: ['mini'] }
    expect(withWish(readArguments(['--resume']), found)).toMatchObject(files)
    expect(withWish(readArguments(['--resume', '--out', 'y.mp4']), found)).toMatchObject({
      ...files,
      out: resolve('y.mp4'),
    })
    expect(withWish(readArguments(['--resume', '--keep-end', 'y.end']), found)).toMatchObject({
      ...files,
      keepEnd: resolve('y.end'),
    })
    expect(withWish(readArguments(['--resume']), wish())).not.toHaveProperty('keepEnd')
    expect(() => withWish(readArguments(['--resume', '--keep-end', 'y.end']), wish())).toThrow(UsageError)
  })

  it('lie where the system keeps what can be made again', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'linux')).toBe(join('/c', 'zoetrope'))
    expect(cacheFolder({}, 'linux')).toBe(join(homedir(), '.cache', 'zoetrope'))
    expect(cacheFolder({}, 'darwin')).toBe(join(homedir(), 'Library/Caches', 'zoetrope'))
    expect(existsSync(root)).toBe(true)
  })
})

describe('--resume', () => {
  it('takes the place of the prompt and the settings', () => {
    expect(readArguments(['--resume'])).toMatchObject({ out: '', json: false, resume: { onAnyGpu: false } })
    expect(readArguments(['--resume', '--out', 'x.mp4', '--json', '--any-gpu'])).toMatchObject({
      out: resolve('x.mp4'),
      json: true,
      resume: { onAnyGpu: true },
    })
  })

  it.each([
    [['a red ball', '--resume']],
    [['--resume', '--seed', '3']],
    [['--resume', '--model', 'mini']],
    [['--resume', '--out', '']],
    [['--resume', '--keep-end', '']],
    [['a', '--out', 'x.mp4', '--any-gpu']],
  ])('refuses %j', (args) => {
    expect(() => readArguments(args)).toThrow(UsageError)
  })
})
