// What a clip follows or changes: the options for it, and its files on their way to the page.
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { CONTROL_STRENGTH, CONTROL_TASKS, MOST_REFERENCES, type ControlTask } from '../protocol/control'
import { readNumberText } from '../protocol/read-number'
import type { ListedFiles } from './serve'
import { UsageError } from './usage-error'

const TEXT = { type: 'string' } as const

/** For `parseArgs`. */
export const CONTROL_OPTIONS = {
  control: TEXT,
  'control-task': TEXT,
  'control-strength': TEXT,
  mask: TEXT,
  reference: { ...TEXT, multiple: true },
} as const

/** As given on the command line. */
export interface ControlArguments {
  readonly control?: string
  readonly mask?: string
  readonly references: readonly string[]
  readonly task?: ControlTask
  readonly strength?: number
}

type Values = {
  readonly [name in Exclude<keyof typeof CONTROL_OPTIONS, 'reference'>]?: string | undefined
} & { readonly reference?: readonly string[] | undefined }

/** @throws UsageError; undefined where none of the options is given */
export function readControlArguments(values: Values): ControlArguments | undefined {
  const names = Object.keys(CONTROL_OPTIONS) as (keyof typeof CONTROL_OPTIONS)[]
  const given = names.filter((name) => values[name] !== undefined)
  if (given.length === 0) return undefined
  const empty = given.find((name) => [values[name]].flat().includes(''))
  if (empty !== undefined) throw new UsageError(`--${empty} needs a value.`)
  const { control, mask, reference: references = [] } = values
  const task = CONTROL_TASKS.find((each) => each === values['control-task'])
  if (task === undefined && values['control-task'] !== undefined)
    throw new UsageError(
      `--control-task must be one of ${CONTROL_TASKS.join(', ')}; "${values['control-task']}" is none of them.`,
    )
  const strength =
    values['control-strength'] === undefined ? undefined : readNumberText(values['control-strength'])
  const { min, max } = CONTROL_STRENGTH
  if (strength !== undefined && !(strength >= min && strength <= max))
    throw new UsageError(
      `--control-strength must be a number from ${min} to ${max}; "${values['control-strength']}" is not.`,
    )
  if (references.length > MOST_REFERENCES)
    throw new UsageError(
      `--reference was given ${references.length} times; a clip takes up to ${MOST_REFERENCES} pictures.`,
    )
  return {
    references,
    ...(control !== undefined && { control }),
    ...(mask !== undefined && { mask }),
    ...(task !== undefined && { task }),
    ...(strength !== undefined && { strength }),
  }
}

/** Where the page finds the files. */
export const GIVEN_PATH = '/given-files/'

/** A control, as it is handed to the page. */
export interface ShownControl {
  readonly files: readonly {
    readonly role: 'video' | 'mask' | 'reference'
    readonly name: string
    readonly url: string
  }[]
  readonly task?: ControlTask
  readonly strength?: number
}

/** A control whose files are served to the page. */
export interface GivenControl extends ShownControl {
  readonly served: ListedFiles
}

export function shownControl({ served: _served, ...shown }: GivenControl): ShownControl {
  return shown
}

/** @throws UsageError where a file is not there */
export function readControl({ control, mask, references, ...rest }: ControlArguments): GivenControl {
  const found = [
    ...(control === undefined ? [] : [{ role: 'video', option: 'control', path: control } as const]),
    ...(mask === undefined ? [] : [{ role: 'mask', option: 'mask', path: mask } as const]),
    ...references.map((path) => ({ role: 'reference', option: 'reference', path }) as const),
  ]
  const served = new Map<string, string>()
  const files = found.map(({ role, option, path }, i) => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
      throw new UsageError(
        `There is no file at ${path}. --${option} names ${role === 'reference' ? 'a picture' : 'a video or a picture'}.`,
      )
    served.set(String(i), resolve(path))
    return { role, name: basename(path), url: `${GIVEN_PATH}${i}` }
  })
  return { served: { title: 'The files of the control', files: served }, files, ...rest }
}
