import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/cli/usage-error'
import { checkOut, checkPlace, FilmElsewhere, writeFilm, type Disk } from '../../../src/cli/write-film'

let folder: string
const at = (name: string): string => join(folder, name)
const FILM = new Uint8Array(2_500_000).fill(7)

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'zoetrope-film-')))
  for (const name of ['full', 'other', 'third']) mkdirSync(at(name))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A disk on which folders of these names are full; a write stops in the middle. */
function fullDisk(full: readonly string[], code = 'ENOSPC'): Disk {
  return {
    write(path, bytes) {
      const isFull = full.some((name) => path.startsWith(at(name)))
      writeFileSync(path, isFull ? bytes.subarray(0, 1000) : bytes)
      if (isFull) throw Object.assign(new Error(`${code}: no space left on device, write`), { code })
    },
    rename: renameSync,
    remove: (path) => rmSync(path, { force: true }),
    isWritable: () => true,
    free: () => 123_456,
  }
}

it('a film is written whole, over an older one', () => {
  writeFileSync(at('a.mp4'), 'old')
  writeFilm({ out: at('a.mp4'), mp4: FILM })
  expect(readFileSync(at('a.mp4')).length).toBe(FILM.length)
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
})

describe('on a full disk', () => {
  it.each(['ENOSPC', 'EDQUOT'])('(%s) it is kept elsewhere, and the sentence says where', (code) => {
    const disk = fullDisk(['full'], code)
    expect(() =>
      writeFilm({ out: at('full/b.mp4'), mp4: FILM }, undefined, disk, [at('full'), at('other')]),
    ).toThrow(
      `${at('full/b.mp4')} could not be written: its 2.5 MB do not fit (124 kB are free in ${at('full')}). The film is at ${at('other/b.mp4')} instead.`,
    )
    expect(readFileSync(at('other/b.mp4')).length).toBe(FILM.length)
    expect(readdirSync(at('full'))).toEqual([]) // the part that was written is gone
    rmSync(at('other/b.mp4'))
  })

  it('no other film is replaced, and an older one of its name stays', () => {
    writeFileSync(at('full/c.mp4'), 'old')
    writeFileSync(at('other/c.mp4'), 'another')
    expect(() =>
      writeFilm({ out: at('full/c.mp4'), mp4: FILM }, undefined, fullDisk(['full']), [
        at('other'),
        at('third'),
      ]),
    ).toThrow(`The film is at ${at('third/c.mp4')} instead.`)
    expect(readFileSync(at('full/c.mp4'), 'utf8')).toBe('old')
    expect(readFileSync(at('other/c.mp4'), 'utf8')).toBe('another')
    rmSync(at('full/c.mp4'))
  })

  it('of every folder it is not written, and how to make it again is said', () => {
    expect(() =>
      writeFilm({ out: at('full/d.mp4'), mp4: FILM }, undefined, fullDisk(['full', 'other']), [
        at('full'),
        at('other'),
      ]),
    ).toThrow(
      /It could not be written elsewhere either\. Free some space and make it again; with the same --seed it is the same film\.$/,
    )
  })

  it('it is not begun', () => {
    const disk = { ...fullDisk([]), free: () => 4096 }
    expect(() => checkOut(at('full/e.mp4'), disk)).toThrow(
      `${at('full/e.mp4')} cannot be written: 5 kB are free in ${at('full')}. Free some space, or name a file elsewhere.`,
    )
  })
})

describe('the end of a clip', () => {
  const END = new Uint8Array(5_000).fill(9)
  const write = (disk: Disk, out = 'other/i.mp4', end = 'other/i.end'): void =>
    writeFilm({ out: at(out), mp4: FILM }, { path: at(end), bytes: END }, disk, [at('third')])

  it('is written also where the film does not fit', () => {
    expect(() => write(fullDisk(['full']), 'full/i.mp4')).toThrow(FilmElsewhere)
    expect(readFileSync(at('other/i.end')).length).toBe(END.length)
    expect(readFileSync(at('third/i.mp4')).length).toBe(FILM.length)
    for (const path of ['other/i.end', 'third/i.mp4']) rmSync(at(path))
  })

  it('is kept elsewhere too, and an earlier one of its name stays whole', () => {
    writeFileSync(at('full/i.end'), 'earlier')
    expect(() => write(fullDisk(['full']), 'other/i.mp4', 'full/i.end')).toThrow(
      `The last frame is at ${at('third/i.end')} instead.`,
    )
    expect(readFileSync(at('full/i.end'), 'utf8')).toBe('earlier')
    for (const path of ['full/i.end', 'other/i.mp4', 'third/i.end']) rmSync(at(path))
  })

  it('that is nowhere is an error beside which the run stays', () => {
    const failed = (): unknown => {
      try {
        return write(fullDisk(['full', 'third']), 'other/i.mp4', 'full/i.end')
      } catch (error) {
        return error
      }
    }
    const error = failed()
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(FilmElsewhere)
    expect(readFileSync(at('other/i.mp4')).length).toBe(FILM.length)
    rmSync(at('other/i.mp4'))
  })
})

describe('a link', () => {
  it('stays, and the file behind it is replaced', () => {
    writeFileSync(at('other/real.mp4'), 'old')
    symlinkSync(at('other/real.mp4'), at('link.mp4'))
    writeFilm({ out: at('link.mp4'), mp4: FILM })
    expect(readlinkSync(at('link.mp4'))).toBe(at('other/real.mp4'))
    expect(readFileSync(at('other/real.mp4')).length).toBe(FILM.length)
  })

  it('may lead to a file that is not there yet', () => {
    symlinkSync('third/new.mp4', at('dangling.mp4'))
    checkOut(at('dangling.mp4'))
    writeFilm({ out: at('dangling.mp4'), mp4: FILM })
    expect(lstatSync(at('third/new.mp4')).isFile()).toBe(true)
  })

  it('leads somewhere', () => {
    symlinkSync(at('round.mp4'), at('round.mp4'))
    expect(() => checkOut(at('round.mp4'))).toThrow(/round\.mp4 is a link that leads back to itself/)
    symlinkSync(at('absent/x.mp4'), at('lost.mp4'))
    expect(() => checkOut(at('lost.mp4'))).toThrow(/the folder .* is missing or not writable/)
  })
})

if (process.platform !== 'win32')
  it('a device is not replaced', () => {
    expect(() => checkOut('/dev/null')).toThrow(
      '/dev/null is a device, a pipe or a socket; --out must name a file.',
    )
  })

it('a read-only file is not replaced', () => {
  writeFileSync(at('locked.end'), 'old')
  const disk = { ...fullDisk([]), isWritable: (path: string) => !path.endsWith('.end') }
  expect(() => checkPlace(at('locked.end'), '--keep-end', disk)).toThrow(
    `${at('locked.end')} cannot be replaced: it is read-only. Make it writable, or name another file with --keep-end.`,
  )
})

it('another reason is said as it is', () => {
  expect(() =>
    writeFilm({ out: at('absent/f.mp4'), mp4: FILM }, undefined, undefined, [at('other')]),
  ).toThrow(/absent\/f\.mp4 could not be written: ENOENT: .*\. The film is at .*other\/f\.mp4 instead\.$/)
})

describe('the name of the file', () => {
  it.each(['g.mp4', 'g.MP4', 'g.m4v', 'g'])('%s is fine', (name) => {
    checkOut(at(name))
  })

  it.each(['g.webm', 'g.mov', 'g.gif', 'g.mp4.txt'])('%s would say what is not in it', (name) => {
    expect(() => checkOut(at(name))).toThrow(UsageError)
    expect(() => checkOut(at(name))).toThrow(
      /would hold an MP4: --out must end in \.mp4\. Write g(\.mp4)?\.mp4, and convert that/,
    )
  })

  it('is not a folder, nor in one that is not there', () => {
    expect(() => checkOut(at('full'))).toThrow(/full is a folder; --out must name a file/)
    expect(() => checkOut(at('absent/h.mp4'))).toThrow(/absent is missing or not writable/)
  })
})

it('another file has any ending, and a folder that is there', () => {
  checkPlace(at('1.end'), '--keep-end')
  expect(() => checkPlace(at('absent/1.end'), '--keep-end')).toThrow(
    `${at('absent/1.end')} cannot be written: the folder ${at('absent')} is missing or not writable. Create it, or name another one with --keep-end.`,
  )
  expect(() => checkPlace(at('full'), '--keep-end')).toThrow(/full is a folder; --keep-end must name a file/)
})
