// The text of a kernel: an entry file, the files that it imports, and those that its wrapper puts in its slots.
import { CONVOLUTION_TILES, VARIANT_ROWS } from './variant-table'

const FILES = import.meta.glob<string>('/shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
})

const FOLDER = '/shaders/'
const ENDING = '.wgsl'
const IMPORT = /^#import (\S+)\n/gm
const SLOT = /^\/\/! slot (\w+) \((\S+)\): (.*)$/gm
const GIVEN = /^\/\/! given (.*)$/gm
const ENABLE = /^(?:enable \w+|diagnostic\(.*\));\n/gm

/**
 * A place that a wrapper fills with one of several files, `//! slot weight (linear/weights/*): fetch_weight4(at), …`
 */
export interface Slot {
  readonly name: string
  /** The files that may fill it, by their names in wrappers. */
  readonly files: ReadonlyMap<string, string>
  /** The definitions of each file: functions with their parameters, and other names. */
  readonly items: readonly string[]
}

/** What a wrapper defines for a shader: types, and numbers of type u32. */
export type Given = Readonly<Record<string, string | number>>

/** All files, by their paths in `shaders/`. */
export function shaderFiles(): string[] {
  return Object.keys(FILES).map((path) => path.slice(FOLDER.length))
}

/** The names of all kernels: of the files with an entry point. */
export function shaderStems(): string[] {
  return shaderFiles().filter(isEntry).map(stemOf)
}

function isEntry(path: string): boolean {
  return shaderFile(path).includes('\n@compute')
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -ENDING.length)
}

/** The path of a kernel's entry file. @throws when there is none */
export function entryPath(stem: string): string {
  const path = shaderFiles().find((each) => isEntry(each) && stemOf(each) === stem)
  if (path === undefined) throw new Error(`There is no kernel ${stem} in shaders/.`)
  return path
}

/** A file's text, as written. @throws when there is none */
export function shaderFile(path: string): string {
  const text = FILES[FOLDER + path]
  if (text === undefined) throw new Error(`There is no shader ${path} in shaders/.`)
  return text
}

export function importsOf(path: string): string[] {
  return [...shaderFile(path).matchAll(IMPORT)].map(([, file]) => file!)
}

/** The slots that a file declares. If several files declare one, its file must suit all of them. */
export function slotsOf(path: string): Slot[] {
  return [...shaderFile(path).matchAll(SLOT)].map(([, name, pattern, items]) => ({
    name: name!,
    files: filesOf(pattern!),
    items: items!.split(/, (?![^(]*\))/),
  }))
}

/** The types and numbers that a file takes from the wrapper. */
export function givenOf(path: string): string[] {
  return [...shaderFile(path).matchAll(GIVEN)].flatMap(([, names]) => names!.split(', '))
}

/** Files by the part that replaces `*`, or by the items of a list such as `linear/weights/{q8,q4}`. */
function filesOf(pattern: string): ReadonlyMap<string, string> {
  const prefix = pattern.replace(/(\*|\{.*\})$/, '')
  const only = /\{(.*)\}$/.exec(pattern)?.[1]?.split(',')
  const names =
    only ??
    shaderFiles()
      .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
      .map((path) => path.slice(prefix.length, -ENDING.length))
  return new Map(names.map((name) => [name, `${prefix}${name}${ENDING}`]))
}

/**
 * The files of a kernel, each once: the entry first, and each file followed by its slots' files and its imports.
 * @throws when a slot is empty, or filled with a file that does not suit it
 */
export function shaderParts(stem: string, slots: Readonly<Record<string, string>>): string[] {
  const parts: string[] = []
  const filled = new Set<string>()
  const add = (path: string): void => {
    if (parts.includes(path)) return
    parts.push(path)
    for (const { name, files } of slotsOf(path)) {
      filled.add(name)
      const file = files.get(slots[name] ?? '')
      if (file === undefined)
        throw new Error(
          `The slot ${name} of ${path} is filled with ${slots[name] ?? 'nothing'}; it takes ${[...files.keys()].join(', ')}.`,
        )
      add(file)
    }
    importsOf(path).forEach(add)
  }
  add(entryPath(stem))
  const stray = Object.keys(slots).find((name) => !filled.has(name))
  if (stray !== undefined)
    throw new Error(`The kernel ${stem} has no slot ${stray} with what its slots hold.`)
  return parts
}

/**
 * The kernel's text for the compiler: enabled extensions, the entry file, the wrapper's types and numbers, and the
 * other files, each after a line `//! file PATH`.
 * @throws when a file needs something that is not given
 */
export function composeShader(stem: string, slots: Readonly<Record<string, string>>, given: Given): string {
  const [entry, ...others] = shaderParts(stem, slots) as [string, ...string[]]
  const taken = [...new Set([entry, ...others].flatMap(givenOf))]
  const preamble = taken.map((name) => {
    const value = given[name]
    if (value === undefined) throw new Error(`The wrapper of ${stem} gives no ${name}.`)
    return typeof value === 'number' ? `const ${name} = ${value}u;\n` : `alias ${name} = ${value};\n`
  })
  const enables = new Set([entry, ...others].flatMap((path) => shaderFile(path).match(ENABLE) ?? []))
  if (taken.some((name) => given[name] === 'f16')) enables.add('enable f16;\n')
  const part = (path: string): string =>
    `//! file ${path}\n${shaderFile(path).replace(ENABLE, '').replace(IMPORT, '')}`
  return [...enables, part(entry), '//! given by the wrapper\n', ...preamble, ...others.map(part)].join('')
}

/** A number that changes with the text of any shader and with the table of variants (32-bit FNV-1a). */
export function shaderFingerprint(): number {
  let hash = 0x811c9dc5
  const texts = Object.keys(FILES)
    .sort()
    .map((path) => `${path}\n${FILES[path]!}\n`)
  for (const text of [...texts, JSON.stringify([VARIANT_ROWS, CONVOLUTION_TILES])]) {
    for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0
  }
  return hash
}
